/** The environment of a run's daemon, reused between runs. */
import { rmdir } from 'node:fs/promises';
import { hasErrorCode } from '../../../src/devnet/error-codes.ts';
import { makeTemporaryFolder } from '../../../src/devnet/data-folder/files.ts';
import { type NaivePosition, foldNaively } from '../naive/naive-fold.ts';
import { NaiveNode } from '../naive/node.ts';
import { Cluster } from './cluster.ts';
import { type Forks, simulatedChainId, startForks } from './forks.ts';

export interface Site {
  readonly forks: Forks;
  readonly cluster: Cluster;
  /** The clean run's positions after the history that all runs share. */
  readonly base: readonly NaivePosition[];
  /** The folder of the daemons' logs. */
  readonly logFolder: string;
  /** Keeps the logs of failed runs. */
  stop(): Promise<void>;
}

export async function openSite(): Promise<Site> {
  const [forks, cluster, logFolder] = await Promise.all([
    startForks(),
    Cluster.start(),
    makeTemporaryFolder('simulation'),
  ]);
  const node = new NaiveNode(forks.first.anvil.rpcUrl);
  const base = await foldNaively(node, forks.contracts, simulatedChainId, null);
  return {
    forks,
    cluster,
    base,
    logFolder,
    async stop() {
      await Promise.all([forks.stop(), cluster.stop()]);
      await rmdir(logFolder).catch((error: unknown) => {
        if (!hasErrorCode(error, 'ENOTEMPTY')) throw error;
      });
    },
  };
}
