/** The settings of a run’s daemons. */
import type { DaemonSettings } from '../../../src/engine/settings.ts';
import { testSettings } from '../../support/daemon.ts';
import type { RunPlan } from '../plan.ts';
import type { NodeProxy } from '../proxy/node-proxy.ts';
import type { Site } from '../site/site.ts';

/** The timeout is short, because every such fault would otherwise take the duration of a run. */
const requestTimeoutMs = 600;

export function settingsOf(
  plan: RunPlan,
  { forks }: Site,
  databaseUrl: string,
  proxies: readonly NodeProxy[],
): DaemonSettings {
  const { completeness, finalityBlocks, hasWebSocket, usesMulticall, rangeBlocks, concurrentRanges } = plan;
  return testSettings({
    databaseUrl,
    rpcUrl: '',
    contracts: forks.contracts,
    overrides: {
      chain: {
        rpcUrls: proxies.map(({ rpcUrl }) => rpcUrl),
        webSocketUrls: hasWebSocket ? proxies.slice(0, 1).map(({ webSocketUrl }) => webSocketUrl) : [],
        finality: { kind: 'depth', blocks: finalityBlocks },
        completeness,
        requestTimeoutMs,
        ...(usesMulticall ? {} : { multicall3: null }),
      },
      ingest: { maximumRangeBlocks: rangeBlocks, concurrentRanges },
      projection: { batchLogs: plan.batchLogs, batchBlocks: plan.batchBlocks },
    },
  });
}
