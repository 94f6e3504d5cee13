/** The commands that write: the list that the daemon executes, and how the command line requests one. */
import type { Command as CliCommand } from 'commander';
import { createNode } from '../engine/rpc/node.ts';
import { createNodePool, type NodePool } from '../engine/chain/nodes.ts';
import { repairCommand } from '../engine/replay/repair.ts';
import { chooseChain } from '../engine/ledger/chains.ts';
import { CannotRunError } from '../primitives/errors.ts';
import { allProjections } from '../tracechain/projections.ts';
import { replayCommand } from '../engine/replay/command.ts';
import { retryQuarantineCommand } from '../engine/replay/retry-quarantine.ts';
import {
  type Command,
  type CommandProgress,
  type LeaderCommand,
  leaderCommand,
} from '../engine/leader/commands/command.ts';
import { runCommand, type RunOptions } from '../engine/leader/commands/run-command.ts';
import { resolveCommand } from '../engine/daemon/resolve.ts';
import { type CommandContext, openContext } from './context.ts';
import { findDatabase, type FoundDatabase, withDatabase } from './database.ts';
import { printNote } from './output.ts';
import { requireSchema } from './schema-check.ts';
import { listenForShutdown } from './shutdown.ts';
import { harmless } from './terminal.ts';

/** All commands that a leader executes. */
export const leaderCommands: readonly LeaderCommand[] = [
  leaderCommand(replayCommand(allProjections)),
  leaderCommand(retryQuarantineCommand(allProjections)),
  leaderCommand(resolveCommand),
  leaderCommand(repairCommand(allProjections)),
];

/** Requests a command from the leader; if no daemon leads, leads and executes it here. Ctrl-C cancels it. */
export async function runLeaderCommand<Input, Result>(
  command: Command<Input, Result>,
  input: Input,
  cliCommand: CliCommand,
  options: { readonly chain?: number | undefined },
): Promise<Result> {
  return await withRunOptions(
    command.name,
    cliCommand,
    options,
    async (run) => await runCommand(command, input, run),
  );
}

/** Runs a long command with the database, the chain and the nodes; Ctrl-C aborts its signal. */
export async function withRunOptions<Result>(
  name: string,
  cliCommand: CliCommand,
  options: { readonly chain?: number | undefined },
  work: (run: RunOptions) => Promise<Result>,
): Promise<Result> {
  const context = await openContext(cliCommand);
  const database = await findDatabase(context);
  const named = options.chain ?? context.configuration.chain.expectedChainId;
  const chainId = await withDatabase(database.url, name, async (client) => {
    await requireSchema(client);
    return await chooseChain(client, named);
  });
  using shutdown = listenForShutdown({
    announce: () =>
      printNote(
        'tracechain: cancelling; uncommitted work is rolled back. A second signal ends the process at once.',
      ),
  });
  using progress = new ProgressLine();
  return await work({
    databaseUrl: database.url,
    chainId,
    nodes: () => configuredNodes(context, database),
    logger: context.logger,
    signal: shutdown.signal,
    onProgress: (report) => progress.show(report),
    onWaiting: ({ host, pid }) =>
      printNote(`tracechain: waiting for process ${pid} on ${host}, which leads the chain.`),
  });
}

function configuredNodes({ configuration, logger }: CommandContext, { local }: FoundDatabase): NodePool {
  const { rpcUrls, requestTimeoutMs } = configuration.chain;
  const urls = rpcUrls.length > 0 ? rpcUrls : [local?.rpcUrl].filter((url) => url !== undefined);
  if (urls.length === 0) {
    throw new CannotRunError('The command needs a node, and none is configured.', {
      code: 'cli/no-node',
      fix: 'Set RPC_URL.',
    });
  }
  return createNodePool({
    nodes: urls.map((url) => createNode({ url, timeoutMs: requestTimeoutMs })),
    now: () => performance.now(),
    onFailover: ({ name }, error) => logger.warn({ node: name, err: error }, 'node failed; trying the next'),
  });
}

/** Prints progress in one line of a terminal; prints nothing if standard error is not a terminal. */
class ProgressLine implements Disposable {
  #shown = false;

  show({ step, done, total, unit }: CommandProgress): void {
    if (!process.stderr.isTTY) return;
    const amount = done === undefined ? '' : ` ${done}${total === undefined ? '' : ` of ${total}`}`;
    process.stderr.write(`\r\u001b[K${harmless(`${step}${amount}${unit === undefined ? '' : ` ${unit}`}`)}`);
    this.#shown = true;
  }

  [Symbol.dispose](): void {
    if (this.#shown) process.stderr.write('\r\u001b[K');
  }
}
