/** The ledger's record of a chain: its identity, its progress, and whether writing is halted. */
import type { ClientBase } from 'pg';
import type { BlockReference, CompletenessLevel } from '../rpc/types.ts';
import type { JsonValue } from '../../db/columns.ts';
import { CannotRunError, required } from '../../primitives/errors.ts';
import { type Hash, hexToBytes } from '../../primitives/hex.ts';
import { hexOf } from './sql.ts';

export interface Halt {
  readonly latchedAt: Date;
  readonly reason: string;
  readonly detail: unknown;
}

export interface ChainRecord {
  readonly chainId: number;
  readonly genesisHash: Hash;
  readonly completeness: CompletenessLevel;
  readonly firstSeenAt: Date;
  readonly head: BlockReference | null;
  readonly final: BlockReference | null;
  /** Set if writing is halted until the operator decides. Null otherwise. */
  readonly latch: Halt | null;
}

export interface ChainIdentity {
  readonly chainId: number;
  readonly genesisHash: Hash;
  readonly completeness: CompletenessLevel;
}

/**
 * Records a new chain. For a known chain, verifies its identity and throws a CannotRunError if its genesis block differs.
 *
 * For a known chain it only reads. Even an insert without effect would wait for a writer that has locked the row, and if that is a leader
 * that froze in a transaction, no standby could take over.
 */
export async function recordChain(client: ClientBase, identity: ChainIdentity): Promise<ChainRecord> {
  const { chainId, genesisHash, completeness } = identity;
  const known = await readChain(client, chainId);
  if (known === null) {
    await client.query(
      `insert into ledger.chains (chain_id, genesis_hash, completeness_level) values ($1, $2, $3)
       on conflict do nothing`,
      [chainId, hexToBytes(genesisHash), completeness],
    );
  }
  const record = known ?? required(await readChain(client, chainId), `chain ${chainId}`);
  if (record.genesisHash !== genesisHash) {
    throw new CannotRunError(
      `the node's chain ${chainId} begins with block ${genesisHash}, but this database was filled from one that begins with ${record.genesisHash}`,
      {
        code: 'ledger/other-genesis',
        fix: 'Point RPC_URL at the chain that this database belongs to, or use another database.',
        place: { chainId, blockNumber: 0, blockHash: genesisHash },
      },
    );
  }
  return record;
}

/** Sets the completeness level for future blocks. Only the leader may call this. */
export async function recordCompleteness(
  client: ClientBase,
  chainId: number,
  completeness: CompletenessLevel,
): Promise<void> {
  await client.query(
    'update ledger.chains set completeness_level = $2 where chain_id = $1 and completeness_level <> $2',
    [chainId, completeness],
  );
}

interface ChainSqlRow {
  genesis_hash: Hash;
  completeness_level: CompletenessLevel;
  first_seen_at: Date;
  head_number: number | null;
  head_hash: Hash | null;
  final_number: number | null;
  final_hash: Hash | null;
  latched_at: Date | null;
  latch_reason: string | null;
  latch_detail: unknown;
}

/** The chain's record, or null if the database has none. */
export async function readChain(client: ClientBase, chainId: number): Promise<ChainRecord | null> {
  const { rows } = await client.query<ChainSqlRow>(
    `select ${hexOf('genesis_hash')}, completeness_level, first_seen_at,
            head_number::float8, ${hexOf('head_hash')}, final_number::float8, ${hexOf('final_hash')},
            latched_at, latch_reason, latch_detail
     from ledger.chains where chain_id = $1`,
    [chainId],
  );
  const row = rows[0];
  if (row === undefined) return null;
  return {
    chainId,
    genesisHash: row.genesis_hash,
    completeness: row.completeness_level,
    firstSeenAt: row.first_seen_at,
    head: reference(row.head_number, row.head_hash),
    final: reference(row.final_number, row.final_hash),
    latch: latchOf(row),
  };
}

/**
 * Returns the named chain, or the only one if `named` is null. Throws a CannotRunError if the database does not index that chain, or if it
 * indexes several and none is named.
 */
export async function chooseChain(client: ClientBase, named: number | null): Promise<number> {
  const { rows } = await client.query<{ chain_id: number }>(
    'select chain_id::float8 from ledger.chains where $1::bigint is null or chain_id = $1 order by chains.chain_id',
    [named],
  );
  const [only, ...others] = rows;
  if (only === undefined) {
    const which = named === null ? 'follows no chain yet' : `doesn’t follow chain ${named}`;
    throw new CannotRunError(`The database ${which}.`, {
      code: 'status/no-chain',
      fix: 'Start the daemon on this database, and repeat the command when the daemon has reached its node.',
    });
  }
  if (others.length === 0) return only.chain_id;
  throw new CannotRunError(
    `The database follows several chains: ${rows.map((row) => row.chain_id).join(', ')}.`,
    { code: 'status/several-chains', fix: 'Name one with --chain ID.' },
  );
}

/** Stores a capability of the chain or its nodes. Other capabilities are unchanged. */
export async function recordCapability(
  client: ClientBase,
  chainId: number,
  name: 'receipts',
  found: { readonly [key: string]: JsonValue },
): Promise<void> {
  await client.query(
    'update ledger.chains set capabilities = capabilities || jsonb_build_object($2::text, $3::jsonb) where chain_id = $1',
    [chainId, name, JSON.stringify(found)],
  );
}

export interface NotedHead {
  /** The last known final block. It never decreases, because final blocks stay final. */
  readonly final: number | null;
  /** Whether more blocks are final than before. */
  readonly hasNewFinal: boolean;
}

/** Records the chain's head and its final block. */
export async function updateHead(
  client: ClientBase,
  chainId: number,
  progress: { readonly head: BlockReference; readonly final: BlockReference | null },
): Promise<NotedHead> {
  const { head, final } = progress;
  const { rows } = await client.query<{ final_number: number | null; has_new_final: boolean | null }>(
    `with known as (select chain_id, final_number from ledger.chains where chain_id = $1)
     update ledger.chains as chain set
       head_number = $2, head_hash = $3,
       final_number = case when $4::bigint > coalesce(known.final_number, -1) then $4::bigint else chain.final_number end,
       final_hash = case when $4::bigint > coalesce(known.final_number, -1) then $5::bytea else chain.final_hash end
     from known where chain.chain_id = known.chain_id
     returning chain.final_number::float8, $4::bigint > coalesce(known.final_number, -1) as has_new_final`,
    [chainId, head.number, hexToBytes(head.hash), final?.number ?? null, final && hexToBytes(final.hash)],
  );
  return { final: rows[0]?.final_number ?? null, hasNewFinal: rows[0]?.has_new_final === true };
}

/** Halts all writing for the chain until the operator decides. The first reason is kept: later ones are its consequences. */
export async function haltChain(
  client: ClientBase,
  chainId: number,
  reason: string,
  detail: unknown,
): Promise<void> {
  await client.query(
    `update ledger.chains set latched_at = now(), latch_reason = $2, latch_detail = $3::jsonb
     where chain_id = $1 and latched_at is null`,
    [chainId, reason, JSON.stringify(detail ?? null)],
  );
}

/** Resumes writing for the chain, after the operator's decision. */
export async function resumeChain(client: ClientBase, chainId: number): Promise<void> {
  await client.query(
    'update ledger.chains set latched_at = null, latch_reason = null, latch_detail = null where chain_id = $1',
    [chainId],
  );
}

/** Makes blocks after `to` non-final again. Only the operator may decide this. */
export async function revertFinal(client: ClientBase, chainId: number, to: BlockReference): Promise<void> {
  await client.query(
    'update ledger.chains set final_number = $2, final_hash = $3 where chain_id = $1 and final_number > $2',
    [chainId, to.number, hexToBytes(to.hash)],
  );
}

function latchOf(row: Pick<ChainSqlRow, 'latched_at' | 'latch_reason' | 'latch_detail'>): Halt | null {
  if (row.latched_at === null) return null;
  return { latchedAt: row.latched_at, reason: row.latch_reason ?? '', detail: row.latch_detail };
}

function reference(number: number | null, hash: Hash | null): BlockReference | null {
  return number === null || hash === null ? null : { number, hash };
}

/** The fix for a chain whose writing is halted, in all errors that report it. */
export const haltedFix =
  'Check with another node which chain is right. If the configured node is wrong, correct RPC_URL. Then npx tracechain resolve --dry-run shows what would be undone, and npx tracechain resolve resumes writing.';
