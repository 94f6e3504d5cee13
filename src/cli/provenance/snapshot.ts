/** The context of the history commands: one read-only snapshot of the database, and the contracts and projections. */
import type { Command } from 'commander';
import type { ClientBase } from 'pg';
import { ContractSet } from '../../engine/contract/contract-set.ts';
import { withTransaction } from '../../db/client.ts';
import { chooseChain } from '../../engine/ledger/chains.ts';
import { listContracts } from '../../engine/ledger/contracts.ts';
import { allProjections } from '../../tracechain/projections.ts';
import type { TraceContext } from '../../engine/history/trace-block.ts';
import { openContext } from '../context.ts';
import { findDatabase, openPool } from '../database.ts';
import { requireReadableSchema } from '../schema-check.ts';

export interface SnapshotOptions {
  readonly chain?: number;
}

/** Runs the work in one snapshot, with the session's time zone set to UTC. */
export async function inSnapshot<Result>(
  command: Command,
  { chain }: SnapshotOptions,
  work: (snapshot: { readonly client: ClientBase; readonly chainId: number }) => Promise<Result>,
): Promise<Result> {
  const context = await openContext(command);
  const database = await findDatabase(context);
  const pool = openPool(database.url, command.name());
  try {
    return await withTransaction(
      pool,
      async (client) => {
        await requireReadableSchema(client);
        await client.query(`set local timezone = 'UTC'`);
        const named = chain ?? context.configuration.chain.expectedChainId;
        return await work({ client, chainId: await chooseChain(client, named) });
      },
      { isolation: 'repeatable read', isReadOnly: true },
    );
  } finally {
    await pool.end();
  }
}

/** The same, with the contracts and projections for projecting blocks. */
export async function inTraceableSnapshot<Result>(
  command: Command,
  options: SnapshotOptions,
  work: (context: TraceContext) => Promise<Result>,
): Promise<Result> {
  return await inSnapshot(command, options, async ({ client, chainId }) => {
    const contracts = new ContractSet(await listContracts(client, chainId));
    return await work({ client, chainId, contracts, projections: allProjections });
  });
}
