/** The operator's action after a reorg past finality: `npx tracechain resolve`, while no daemon runs. */
import { pino } from 'pino';
import { createNode } from '../../src/engine/rpc/node.ts';
import { createNodePool } from '../../src/engine/chain/nodes.ts';
import { runCommand } from '../../src/engine/leader/commands/run-command.ts';
import { resolveCommand } from '../../src/engine/daemon/resolve.ts';
import { simulatedChainId } from './site/forks.ts';

const nodeTimeoutMs = 10_000;
const patienceMs = 30_000;

export async function resolveLatch(databaseUrl: string, rpcUrl: string): Promise<void> {
  const node = createNode({ url: rpcUrl, timeoutMs: nodeTimeoutMs });
  await runCommand(
    resolveCommand,
    { dryRun: false },
    {
      databaseUrl,
      chainId: simulatedChainId,
      nodes: () => createNodePool({ nodes: [node], now: () => performance.now() }),
      logger: pino({ level: 'silent' }),
      signal: AbortSignal.timeout(patienceMs),
      onProgress: () => undefined,
    },
  );
}
