/** Reads the ledger's and the journal's evidence of how a value arose. It decides a finding's class. */
import type { ClientBase } from 'pg';
import type { RequestKey, RawLog, ReadResult } from '../../rpc/types.ts';
import type { ContractSet } from '../../contract/contract-set.ts';
import { type DecodedLog, decodeLog } from '../../contract/decode-log.ts';
import type { ChainTableName } from '../../tables.ts';
import { loadReads } from '../../ledger/reads.ts';
import { loadBatch } from '../../ledger/load-batch.ts';
import type { Address, Hash } from '../../../primitives/hex.ts';
import { hexToBytes } from '../../../primitives/hex.ts';
import type { Uuid } from '../../../primitives/ids.ts';
import type { ProjectionSet } from '../../projection/projection-set.ts';
import { storedTable } from '../../store/stored-table.ts';
import { tableNameOf } from '../expectations/row-values.ts';

export interface ApplicationChange {
  readonly databaseUser: string;
  /** ISO 8601. */
  readonly changedAt: string;
}

export interface BlockEvidence {
  /** The logs of the block in the ledger. */
  readonly logs: readonly RawLog[];
  readonly decoded: readonly DecodedLog[];
  readonly reads: ReadonlyMap<RequestKey, ReadResult>;
  /** Log indexes that are in quarantine. */
  readonly quarantined: ReadonlySet<number>;
}

/** Queries for the evidence of one chain. Blocks are read at most once. */
export class LedgerEvidence {
  readonly #client: ClientBase;
  readonly chainId: number;
  readonly #contracts: ContractSet;
  readonly #projections: ProjectionSet;
  #staleAreas: ReadonlySet<string> | null = null;
  readonly #blocks = new Map<Hash, Promise<BlockEvidence>>();

  constructor(client: ClientBase, chainId: number, contracts: ContractSet, projections: ProjectionSet) {
    this.#client = client;
    this.chainId = chainId;
    this.#contracts = contracts;
    this.#projections = projections;
  }

  /** The last change of a row that the triggers recorded for a writer other than the indexer. */
  async applicationChange(table: ChainTableName, id: Uuid): Promise<ApplicationChange | null> {
    const { rows } = await this.#client.query<{ database_user: string; changed_at: string }>(
      `select database_user, to_json(changed_at) #>> '{}' as changed_at from ledger.application_changes
       where record_id = $1 and table_name = $2 order by sequence desc limit 1`,
      [id, tableNameOf(table)],
    );
    const row = rows[0];
    return row === undefined ? null : { databaseUser: row.database_user, changedAt: row.changed_at };
  }

  /** The blocks in which the indexer inserted or changed a row, newest first. */
  async journaledBlocks(table: ChainTableName, id: Uuid, upTo: number): Promise<number[]> {
    const { rows } = await this.#client.query<{ block_number: number }>(
      `select distinct block_number::float8 from ledger.journal
       where chain_id = $1 and table_id = $2 and row_id = $3 and block_number <= $4 and operation <> 'D' and cause <> 1
       order by block_number desc`,
      [this.chainId, storedTable(table).id, id, upTo],
    );
    return rows.map((row) => row.block_number);
  }

  /** The block in which a column of a row received its current value, or null if the journal does not reach back that far. */
  async lastSetIn(table: ChainTableName, id: Uuid, column: string, upTo: number): Promise<number | null> {
    const { rows } = await this.#client.query<{ block_number: number }>(
      `select block_number::float8 from ledger.journal
       where chain_id = $1 and table_id = $2 and row_id = $3 and block_number <= $4 and cause <> 1
         and (operation = 'I' or (operation = 'U' and before ? $5))
       order by block_number desc, sequence desc limit 1`,
      [this.chainId, storedTable(table).id, id, upTo, column],
    );
    return rows[0]?.block_number ?? null;
  }

  /** Whether another version of the projection than this program's made the area's rows. */
  async isStale(area: string): Promise<boolean> {
    if (this.#staleAreas === null) {
      const { rows } = await this.#client.query<{ area: string; version: number; stale_from: string | null }>(
        'select area, version, stale_from from ledger.projection_versions where chain_id = $1',
        [this.chainId],
      );
      const versions = new Map(this.#projections.projections.map((one) => [one.area as string, one.version]));
      const stale = rows.filter((row) => row.stale_from !== null || versions.get(row.area) !== row.version);
      this.#staleAreas = new Set(stale.map((row) => row.area));
    }
    return this.#staleAreas.has(area);
  }

  /** The ledger's data of one block, which is empty if the ledger does not have the block. */
  async block(number: number, hash: Hash): Promise<BlockEvidence> {
    let found = this.#blocks.get(hash);
    if (found === undefined) this.#blocks.set(hash, (found = this.#loadBlock(number, hash)));
    return await found;
  }

  /** Whether the contract has an open quarantine entry in the blocks after `after`, up to and including `upTo`. */
  async hasQuarantined(address: Address, after: number, upTo: number): Promise<boolean> {
    const { rows } = await this.#client.query<{ found: boolean }>(
      `select exists (select from ledger.quarantine
         where chain_id = $1 and address = $2 and block_number > $3 and block_number <= $4 and resolved_at is null) as found`,
      [this.chainId, hexToBytes(address), after, upTo],
    );
    return rows[0]?.found === true;
  }

  async #loadBlock(number: number, hash: Hash): Promise<BlockEvidence> {
    const { rows } = await this.#client.query<{ log_index: number | null }>(
      `select quarantine.log_index from ledger.blocks
       left join ledger.quarantine on quarantine.chain_id = blocks.chain_id
         and quarantine.block_hash = blocks.hash and resolved_at is null
       where blocks.chain_id = $1 and blocks.number = $2 and blocks.hash = $3 and is_canonical`,
      [this.chainId, number, hexToBytes(hash)],
    );
    if (rows.length === 0) return { logs: [], decoded: [], reads: new Map(), quarantined: new Set() };
    const bounds = { maximumLogs: 1, maximumBlocks: 1 };
    const batch = await loadBatch(this.#client, {
      chainId: this.chainId,
      after: number - 1,
      upTo: number,
      onMiscounted: () => undefined,
      ...bounds,
    });
    const block = batch?.blocks.find((one) => one.hash === hash);
    const logs = block?.logs ?? [];
    const place = { chainId: this.chainId, number, hash, timestamp: block?.timestamp ?? 0n };
    const kept = await loadReads(this.#client, this.chainId, { from: number, to: number });
    return {
      logs,
      decoded: logs.flatMap((log) => decodeLog(log, place, this.#contracts) ?? []),
      reads: kept.get(hash) ?? new Map(),
      quarantined: new Set(rows.flatMap((row) => row.log_index ?? [])),
    };
  }
}
