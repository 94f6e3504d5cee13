/** Leaves a chain running, to measure other indexers on it. */
import type { Logger } from 'pino';
import { keepChain } from '../chain/kept-chain.ts';
import type { ChainRecipe } from '../chain/recipe.ts';
import { startServingNode } from '../processes/node.ts';

export interface ServedChain {
  readonly mode: 'chain';
  readonly chain: string;
  readonly events: number;
  readonly rpcUrl: string;
  readonly lastEventBlock: number;
  /** `kind@address` of each contract, with the block that created it. */
  readonly contracts: string;
}

/** Reports the chain's address once it answers, and returns after the signal. */
export async function serveChain(
  recipe: ChainRecipe,
  port: number,
  logger: Logger,
  signal: AbortSignal,
  onReady: (chain: ServedChain) => void,
): Promise<void> {
  const chain = await keepChain(recipe, logger);
  const node = await startServingNode(chain.stateFile, logger, port);
  const contracts = chain.contracts.map(
    ({ kind, address, startBlock }) => `${kind}@${address} from ${startBlock}`,
  );
  onReady({
    mode: 'chain',
    chain: recipe.kind,
    events: chain.expected.logs,
    rpcUrl: node.rpcUrl,
    lastEventBlock: chain.lastEventBlock,
    contracts: contracts.join(', '),
  });
  const stopped = Promise.withResolvers<void>();
  // Keeps the process alive; the child process of the node does not.
  const stay = setInterval(() => undefined, 60_000);
  signal.addEventListener('abort', () => stopped.resolve(), { once: true });
  await stopped.promise;
  clearInterval(stay);
  await node.stop();
}
