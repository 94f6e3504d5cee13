/** Sources that are stuck without an error: the watchdog restarts them, and finally the daemon ends. */
import { expect, test } from 'vitest';
import { z } from 'zod';
import { StuckSourceError } from '../../../../src/engine/daemon/supervision/restartable.ts';
import type { WatchdogTimes } from '../../../../src/engine/daemon/supervision/watchdog.ts';
import { followChain } from '../../../support/followed-chain.ts';
import { startNodeProxy } from '../../../support/node-proxy.ts';

const chain = followChain();
const times: WatchdogTimes = { intervalMs: 50, silentMs: 800, fruitlessMs: 60_000, restarts: 2 };
/** The timeout is out of reach: an unanswered request never ends. */
const overrides = { chain: { requestTimeoutMs: 600_000 } };

test('a request that never ends is given up: ingest is begun anew and goes on, and the event is kept', async () => {
  await using proxy = await startNodeProxy(chain.rpcUrl);
  const daemon = chain.start({ rpcUrl: proxy.url, overrides, watchdogTimes: times });
  await daemon.projected(await chain.head());
  let hanging = 1;
  proxy.change = ({ method }, result) => {
    if (method !== 'eth_getLogs' || hanging === 0) return result;
    hanging -= 1;
    return undefined;
  };
  await daemon.projected(await chain.register('A'));
  expect(
    await chain.query(
      `select severity, event_data ->> 'restarts' as restarts from system_events where event_type = 'restart'`,
    ),
  ).toEqual([{ severity: 'error', restarts: '1' }]);
});

test('where beginning anew doesn’t help, the daemon ends with an error that says so', async () => {
  await using proxy = await startNodeProxy(chain.rpcUrl);
  const daemon = chain.start({ rpcUrl: proxy.url, overrides, watchdogTimes: times });
  await daemon.projected(await chain.head());
  proxy.change = ({ method }, result) => (method === 'eth_getLogs' ? undefined : result);
  const head = await chain.register('A');
  const ended = daemon.projected(head);
  await expect(ended).rejects.toBeInstanceOf(StuckSourceError);
  await expect(ended).rejects.toThrow(/block \d+ for 1 s.*didn't help, so the process ends/);
  expect(await chain.query(`select count(*)::int from system_events where event_type = 'restart'`)).toEqual([
    { count: times.restarts },
  ]);
});

const filterSchema = z.object({ blockHash: z.string().optional() });

test('going round in circles is told from working, though the node answers', async () => {
  await using proxy = await startNodeProxy(chain.rpcUrl);
  const circles: WatchdogTimes = { ...times, silentMs: 60_000, fruitlessMs: 800, restarts: 1 };
  const daemon = chain.start({ rpcUrl: proxy.url, watchdogTimes: circles });
  await daemon.projected(await chain.head());
  // The daemon refuses answers with removed logs every time.
  proxy.change = ({ method, params }, result) =>
    method === 'eth_getLogs' && filterSchema.parse(params[0]).blockHash !== undefined
      ? z
          .array(z.looseObject({}))
          .parse(result)
          .map((log) => ({ ...log, removed: true }))
      : result;
  await expect(daemon.projected(await chain.register('A'))).rejects.toBeInstanceOf(StuckSourceError);
});

test('a chain that stands still, and one whose node is away, are no stall', async () => {
  await using proxy = await startNodeProxy(chain.rpcUrl);
  const daemon = chain.start({ rpcUrl: proxy.url, watchdogTimes: times });
  await daemon.projected(await chain.head());
  await new Promise((resolve) => setTimeout(resolve, 2 * times.silentMs));
  proxy.intercept = (response) => {
    response.destroy();
    return true;
  };
  const head = await chain.register('A');
  await new Promise((resolve) => setTimeout(resolve, 3 * times.silentMs));
  proxy.intercept = null;
  await daemon.projected(head);
  expect(await chain.query(`select * from system_events where event_type = 'restart'`)).toEqual([]);
});
