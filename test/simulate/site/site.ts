/** All that a run needs around its daemon, kept warm from one run to the next. */
import { mkdir } from 'node:fs/promises';
import { type NaivePosition, foldNaively } from '../naive/naive-fold.ts';
import { NaiveNode } from '../naive/node.ts';
import { Cluster } from './cluster.ts';
import { type Forks, simulatedChainId, startForks } from './forks.ts';

export interface Site {
  readonly forks: Forks;
  readonly cluster: Cluster;
  /** Where the clean run stands after the history that all runs share. */
  readonly base: readonly NaivePosition[];
  readonly logFolder: string;
  stop(): Promise<void>;
}

export async function openSite(logFolder: string): Promise<Site> {
  await mkdir(logFolder, { recursive: true });
  const [forks, cluster] = await Promise.all([startForks(), Cluster.start()]);
  const node = new NaiveNode(forks.first.anvil.rpcUrl);
  const base = await foldNaively(node, forks.contracts, simulatedChainId, null);
  return {
    forks,
    cluster,
    base,
    logFolder,
    async stop() {
      await Promise.all([forks.stop(), cluster.stop()]);
    },
  };
}
