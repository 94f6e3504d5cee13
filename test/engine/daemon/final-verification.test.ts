/**
 * Blocks that were ingested at the head are verified again when they are final, and a difference stops the
 * daemon.
 */
import { expect, test } from 'vitest';
import { z } from 'zod';
import { differenceOf, FinalDifferenceError } from '../../../src/engine/ledger/final-difference.ts';
import { runTracechain } from '../../cli/run.ts';
import { header, log, numberedHash } from '../rpc/values.ts';
import { fixtureContracts } from '../../support/daemon.ts';
import { followChain } from '../../support/followed-chain.ts';
import { startNodeProxy, type ProxiedRequest } from '../../support/node-proxy.ts';

const chain = followChain();

async function verified(): Promise<number> {
  const rows = await chain.query<{ number: number }>(
    `select block_number::int as number from ledger.cursors where stream = 'verification'`,
  );
  return rows[0]?.number ?? -1;
}

async function expectVerified(number: number): Promise<void> {
  await expect.poll(verified, { interval: 50 }).toBe(number);
}

const filterSchema = z.object({ blockHash: z.string().optional() });

/** Requests for logs by block hash, which are made at the head. */
function isAtHead({ method, params }: ProxiedRequest): boolean {
  return method === 'eth_getLogs' && filterSchema.parse(params[0]).blockHash !== undefined;
}

function isByRange(request: ProxiedRequest): boolean {
  return request.method === 'eth_getLogs' && !isAtHead(request);
}

const rangeSchema = z.object({ fromBlock: z.string(), toBlock: z.string() });

function blocksOf({ params }: ProxiedRequest): number[] {
  const { fromBlock, toBlock } = rangeSchema.parse(params[0]);
  const from = Number(fromBlock);
  return Array.from({ length: Number(toBlock) - from + 1 }, (_, offset) => from + offset);
}

test('the cursor of the verification follows the final block', async () => {
  const daemon = chain.start();
  await daemon.projected(await chain.head());
  await chain.register('A');
  const head = await chain.mine(7);
  await expectVerified(head - 5);
  await daemon.projected(await chain.register('B'));
});

test('what was final when it was taken isn’t asked for again', async () => {
  await chain.register('A');
  await chain.mine(20);
  await using proxy = await startNodeProxy(chain.rpcUrl);
  const asked: number[] = [];
  proxy.change = (request, result) => {
    if (isByRange(request)) asked.push(...blocksOf(request));
    return result;
  };
  const daemon = chain.start({ rpcUrl: proxy.url });
  const head = await chain.head();
  await daemon.projected(head);
  await expectVerified(head - 5);
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  expect(asked.length).toBeGreaterThan(20);
  expect(asked).toHaveLength(new Set(asked).size);
});

test('a log that the node left out at the head is found missing once its block is final: writing stops, it is said why, and the way out that is named works', async () => {
  await using proxy = await startNodeProxy(chain.rpcUrl);
  // At this level no header verifies the node's logs.
  const daemon = chain.start({ rpcUrl: proxy.url, overrides: { chain: { completeness: 'hash' } } });
  await daemon.projected(await chain.head());
  proxy.change = (request, result) => (isAtHead(request) ? [] : result);
  const withheld = await chain.register('A');
  await daemon.projected(withheld);
  expect(await chain.query('select * from products')).toEqual([]);
  proxy.change = null;
  await chain.mine(7);
  await expect
    .poll(
      async () => await chain.query(`select latch_detail from ledger.chains where latched_at is not null`),
      {
        timeout: 15_000,
      },
    )
    .toMatchObject([{ latch_detail: { what: 'missing-log', blockNumber: withheld } }]);
  await expect(daemon.stop()).rejects.toBeInstanceOf(FinalDifferenceError);
  expect(await chain.query(`select severity from system_events where event_type = 'latch'`)).toEqual([
    { severity: 'fatal' },
  ]);

  // The steps from the error message and docs/operations.md: repair the ledger, then allow writing again.
  const tracechain = async (...words: readonly string[]) =>
    await runTracechain(words, {
      environment: {
        DATABASE_URL: chain.databaseUrl,
        RPC_URL: chain.rpcUrl,
        TRACECHAIN_CONTRACTS: JSON.stringify(fixtureContracts(chain.addresses)),
      },
    });
  const mended = await tracechain('replay', '--refetch', '--mend', '--yes');
  expect(mended).toMatchObject({ code: 0, output: expect.stringContaining('corrected') });
  expect(await chain.query('select batch_number from products')).toEqual([{ batch_number: 'A' }]);
  expect(await tracechain('resolve', '--yes')).toMatchObject({ code: 0 });
  const again = chain.start({ overrides: { chain: { completeness: 'hash' } } });
  await again.projected(await chain.register('B'));
  await expectVerified((await chain.mine(7)) - 5);
  expect(await chain.query('select latched_at from ledger.chains')).toEqual([{ latched_at: null }]);
}, 120_000);

test('one node’s word against the ledger’s and another node’s counts for nothing', async () => {
  await using proxy = await startNodeProxy(chain.rpcUrl);
  const rpcUrls = [proxy.url, chain.rpcUrl];
  const daemon = chain.start({ overrides: { chain: { completeness: 'hash', rpcUrls } } });
  await daemon.projected(await chain.head());
  await daemon.projected(await chain.register('A'));
  proxy.change = (request, result) => (isByRange(request) ? [] : result);
  const head = await chain.mine(7);
  await expectVerified(head - 5);
  expect(await chain.query('select latched_at from ledger.chains')).toEqual([{ latched_at: null }]);
});

test('every way to differ is told by what it is and where', () => {
  const [first, second] = [header(5), header(6)];
  const logs = [log(first, 0), log(first, 2)];
  const kept = [
    { ...first, logs },
    { ...second, logs: [] },
  ];
  const headers = [first, second];
  const found = (...theirs: Parameters<typeof differenceOf>) => differenceOf(...theirs);
  expect(found(kept, headers, logs)).toBeNull();
  expect(found(kept, [first, { number: 6, hash: numberedHash(9) }], logs)).toMatchObject({
    what: 'other-block',
    blockNumber: 6,
    blockHash: second.hash,
  });
  expect(found(kept, headers, [...logs, log(first, 3)])).toMatchObject({ what: 'missing-log', logIndex: 3 });
  expect(found(kept, headers, [...logs, log(second, 0)])).toMatchObject({
    what: 'missing-log',
    blockNumber: 6,
  });
  expect(found(kept, headers, logs.slice(1))).toMatchObject({
    what: 'extra-log',
    blockNumber: 5,
    logIndex: 0,
  });
  expect(found(kept, headers, [log(first, 0), log(first, 2, { data: '0x01' })])).toMatchObject({
    what: 'other-log',
    logIndex: 2,
  });
  // A block without a header in the ledger has no logs.
  expect(found(kept.slice(0, 1), headers, logs)).toBeNull();
  expect(found(kept.slice(0, 1), headers, [...logs, log(second, 0)])).toMatchObject({ what: 'missing-log' });
});
