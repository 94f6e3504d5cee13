/** Retries of logs in quarantine, at their own positions, with all later logs. */
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { allProjections } from '../../../src/tracechain/projections.ts';
import { EffectError } from '../../../src/engine/projection/shape.ts';
import { ProjectionSet } from '../../../src/engine/projection/projection-set.ts';
import {
  retryQuarantineCommand,
  type RetryInput,
  type RetryResult,
} from '../../../src/engine/replay/retry-quarantine.ts';
import { runCommand } from '../../../src/engine/leader/commands/run-command.ts';
import { followChain } from '../../support/followed-chain.ts';
import { chainTableContents } from '../../support/tables.ts';

const chain = followChain();
const logger = pino({ level: 'silent' });

/** Projections that fail on one batch number, to simulate a bug in an earlier version. */
function refusing(batchNumber: string): ProjectionSet {
  return new ProjectionSet(
    allProjections.projections.map((projection) => ({
      ...projection,
      handlers: projection.handlers.map((handler) => ({
        ...handler,
        apply(...[event, entities, write]: Parameters<typeof handler.apply>) {
          if (Object.values(event.args).includes(batchNumber))
            throw new EffectError('a fault of an earlier version');
          handler.apply(event, entities, write);
        },
      })),
    })),
  );
}

async function retry(input: RetryInput, projections = allProjections): Promise<RetryResult> {
  return await runCommand(retryQuarantineCommand(projections), input, {
    databaseUrl: chain.databaseUrl,
    chainId: 31337,
    nodes: () => {
      throw new Error('no node is asked');
    },
    logger,
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });
}

const openLogs = async () =>
  await chain.query<{ id: string; event_name: string }>(
    'select id, event_name from ledger.quarantine where resolved_at is null order by block_number, log_index',
  );

describe.each(['final', 'not final yet'])('a log of a block that is %s', (state) => {
  it('a retried log takes effect, and all rows are as if it always had', async () => {
    await chain.register('LOT-1');
    await chain.register('LOT-2');
    await chain.register('LOT-3');
    const end = await chain.mine(state === 'final' ? 10 : 1);
    const daemon = chain.start({ projections: refusing('LOT-2') });
    await daemon.projected(end);
    await daemon.stop();
    expect(await openLogs()).toMatchObject([{ event_name: 'ProductRegistered' }]);

    const result = await retry({ ids: null });
    expect(result.logs).toMatchObject([{ resolved: true, reason: null }]);
    expect(await openLogs()).toEqual([]);
    expect(await chain.query(`select from ledger.projection_versions where stale_from is not null`)).toEqual(
      [],
    );

    const fresh = await chain.anotherDatabase();
    const other = chain.start({ databaseUrl: fresh });
    await other.projected(end);
    expect(await chainTableContents(chain.databaseUrl)).toEqual(await chainTableContents(fresh));
  });
});

it('a log that still fails stays in quarantine with its reason', async () => {
  await chain.register('LOT-1');
  const end = await chain.mine(10);
  const projections = refusing('LOT-1');
  const daemon = chain.start({ projections });
  await daemon.projected(end);
  await daemon.stop();
  const [open] = await openLogs();
  const result = await retry({ ids: [open?.id ?? ''] }, projections);
  expect(result.logs).toMatchObject([{ resolved: false, reason: 'a fault of an earlier version' }]);
  expect(await openLogs()).toEqual([open]);
});

it('a log that is not in quarantine cannot be retried', async () => {
  const daemon = chain.start();
  await daemon.projected(await chain.head());
  await daemon.stop();
  await expect(retry({ ids: ['00000000-0000-4000-8000-000000000000'] })).rejects.toMatchObject({
    code: 'replay/not-quarantined',
  });
  expect(await retry({ ids: null })).toEqual({ logs: [], replay: null });
});
