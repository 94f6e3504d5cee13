/** The node of a benchmark: anvil, as a process of its own. */
import type { Logger } from 'pino';
import { type AnvilServer, startAnvil } from '../../../src/devnet/anvil.ts';
import { stopProcess } from '../../../src/devnet/processes.ts';
import { playingArguments } from '../chain/playing.ts';

export const benchChainId = 31_337;

const oneHourSeconds = 3_600;
const writingPatienceMs = 600_000;
/** More than the blocks that aren't final yet. */
const keptStates = 128;

/** One that a chain is made on; once it is written by `stopAndKeep`, the file holds the chain. */
export async function startMakingNode(
  stateFile: string,
  options: { readonly keepsOldStates: boolean },
  logger: Logger,
): Promise<AnvilServer> {
  return await startAnvil({
    chainId: benchChainId,
    stateFile,
    stateIntervalSeconds: oneHourSeconds,
    preserveHistoricalStates: options.keepsOldStates,
    extraArguments: playingArguments,
    logger,
  });
}

/** Stops it however long writing the chain takes: it isn't for ever, and the chain would be lost. */
export async function stopAndKeep(node: AnvilServer): Promise<void> {
  await stopProcess(node.pid, [{ signal: 'SIGTERM', patienceMs: writingPatienceMs }]);
  await node.stop();
}

/** Of the arguments of a node: two blocks behind the head are final, not 64. */
export const shortEpochs = ['--slots-in-an-epoch=1'];

/** A million events are three gigabytes of state. */
const loadingPatienceMs = 600_000;

/** One that serves a kept chain, on a port of its own choice unless one is named. */
export async function startServingNode(
  stateFile: string | null,
  logger: Logger,
  port?: number,
  furtherArguments: readonly string[] = [],
): Promise<AnvilServer> {
  const loading = stateFile === null ? [] : ['--load-state', stateFile];
  return await startAnvil({
    chainId: benchChainId,
    extraArguments: [...playingArguments, ...loading, ...furtherArguments],
    startPatienceMs: loadingPatienceMs,
    logger,
    ...(port === undefined ? {} : { port }),
  });
}

/** One that makes its chain while it is followed: it keeps the states of few old blocks, so that its memory stays what it is. */
export async function startLiveNode(logger: Logger): Promise<AnvilServer> {
  return await startAnvil({
    chainId: benchChainId,
    extraArguments: [...playingArguments, `--prune-history=${keptStates}`],
    logger,
  });
}
