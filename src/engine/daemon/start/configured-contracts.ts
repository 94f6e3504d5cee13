/** Brings the configured contracts into the ledger, and refuses what the ledger can't take in any more. */
import type { ClientBase, Pool } from 'pg';
import type { IndexedContract } from '../../contract/kind.ts';
import { withClient, withTransaction } from '../../../db/client.ts';
import { addContracts, listContracts } from '../../ledger/contracts.ts';
import { readCursor } from '../../ledger/cursors.ts';
import { CannotRunError } from '../../../primitives/errors.ts';
import type { Lease } from '../../leader/leadership.ts';
import type { ConfiguredContract } from '../../settings.ts';

/**
 * Records what is configured; `examine` may refuse what the ledger doesn't have yet. Returns those that count in blocks
 * that are ingested already: their past is to be taken in first. A contract that starts before the ledger does, or that was recorded with another kind, start or
 * registry, is refused with a CannotRunError.
 */
export async function recordConfiguredContracts(
  pool: Pool,
  lease: Lease,
  configured: readonly ConfiguredContract[],
  examine: (fresh: readonly ConfiguredContract[]) => Promise<void>,
): Promise<IndexedContract[]> {
  const { chainId } = lease;
  const before = await withClient(pool, async (client) => await listContracts(client, chainId));
  const addresses = new Set(before.map(({ address }) => address));
  await examine(configured.filter(({ address }) => !addresses.has(address)));
  return await withTransaction(pool, async (client) => {
    await lease.fence(client);
    const known = new Map(
      (await listContracts(client, chainId)).map((contract) => [contract.address, contract]),
    );
    const ingested = await readCursor(client, chainId, 'ingest');
    for (const contract of configured) {
      const recorded = known.get(contract.address);
      if (recorded !== undefined) refuseOtherwiseRecorded(chainId, contract, recorded);
      else if (isLate(contract) && contract.startBlock < (await firstCovered(client, chainId)))
        refuseEarlier(chainId, contract);
    }
    const fresh = configured
      .filter(({ address }) => !known.has(address))
      .map((contract) => ({ ...indexed(chainId, contract), source: 'configuration' as const }));
    await addContracts(
      client,
      fresh.filter((contract) => !isLate(contract)),
    );
    return fresh.filter(isLate);

    function isLate({ startBlock }: { readonly startBlock: number }): boolean {
      return ingested !== null && startBlock <= ingested.number;
    }
  });
}

function indexed(
  chainId: number,
  { address, kind, startBlock, registry, childRegistry }: ConfiguredContract,
): IndexedContract {
  return { chainId, address, kind, startBlock, factory: null, registry: registry ?? childRegistry ?? null };
}

interface Recorded {
  readonly kind: string;
  readonly startBlock: number;
  readonly registry: string | null;
}

function refuseOtherwiseRecorded(chainId: number, configured: ConfiguredContract, recorded: Recorded): void {
  const registry = configured.registry ?? configured.childRegistry ?? null;
  const { kind, startBlock } = configured;
  if (recorded.kind === kind && recorded.startBlock === startBlock && recorded.registry === registry) return;
  throw new CannotRunError(
    `contracts: ${configured.address} is configured as ${describe({ kind, startBlock, registry })}, but was indexed as ${describe(recorded)}`,
    {
      code: 'sync/contract-changed',
      fix: 'Restore the entry as it was, or index into a fresh database.',
      place: { chainId, address: configured.address },
    },
  );
}

/** The first block that the ledger has taken in. */
async function firstCovered(client: ClientBase, chainId: number): Promise<number> {
  const { rows } = await client.query<{ first: number | null }>(
    'select min(from_block)::float8 as first from ledger.coverage where chain_id = $1',
    [chainId],
  );
  return rows[0]?.first ?? 0;
}

function refuseEarlier(chainId: number, { address, startBlock }: ConfiguredContract): never {
  throw new CannotRunError(
    `contracts: ${address} starts at block ${startBlock}, and the ledger begins later`,
    {
      code: 'sync/contract-late',
      fix: 'Index into a fresh database, with all contracts configured from the beginning.',
      place: { chainId, address },
    },
  );
}

function describe({ kind, startBlock, registry }: Recorded): string {
  return `${kind} from block ${startBlock}${registry === null ? '' : ` with the registry ${registry}`}`;
}
