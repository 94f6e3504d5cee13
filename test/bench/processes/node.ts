/** The node of a benchmark: anvil, in its own process. */
import type { Logger } from 'pino';
import { type AnvilServer, startAnvil } from '../../../src/devnet/anvil.ts';
import { stopProcess } from '../../../src/devnet/processes.ts';
import { playingArguments } from '../chain/playing.ts';

export const benchChainId = 31_337;

const oneHourSeconds = 3_600;
const writingPatienceMs = 600_000;
/** More than the number of non-final blocks. */
const keptStates = 128;

/** Starts a node on which a chain is made; `stopAndKeep` writes the chain to the file. */
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

/** Stops it without a timeout, because writing a large chain takes long and an abort would lose it. */
export async function stopAndKeep(node: AnvilServer): Promise<void> {
  await stopProcess(node.pid, [{ signal: 'SIGTERM', patienceMs: writingPatienceMs }]);
  await node.stop();
}

/** Anvil arguments: the second block behind the head is final, not the 64th. */
export const shortEpochs = ['--slots-in-an-epoch=1'];

/** A million events are three gigabytes of state. */
const loadingPatienceMs = 600_000;

/** Starts a node that serves a stored chain, on a free port by default. */
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

/**
 * Starts a node that makes its chain while a daemon follows it. It keeps the states of few old blocks, so
 * that its memory does not grow.
 */
export async function startLiveNode(logger: Logger): Promise<AnvilServer> {
  return await startAnvil({
    chainId: benchChainId,
    extraArguments: [...playingArguments, `--prune-history=${keptStates}`],
    logger,
  });
}
