import { Command } from 'commander';
import { resolveCommand, type ResolveResult } from '../../engine/daemon/resolve.ts';
import { parseChainId } from '../arguments.ts';
import { confirm } from '../confirm.ts';
import { exitCodes } from '../exit-codes.ts';
import { runLeaderCommand } from '../leader-commands.ts';
import { formatFacts, printJson, printLine, printNote } from '../output.ts';

interface ResolveOptions {
  readonly dryRun?: true;
  readonly json?: true;
  readonly yes?: true;
  readonly chain?: number;
}

export function resolveCliCommand(): Command {
  return new Command('resolve')
    .description(
      'resume writing after it was halted: by a reorg past finality, with the node’s chain; by a write error, by trying again',
    )
    .option('--dry-run', 'show what it would do, and do nothing; exit code 1 if anything is halted')
    .option('--json', 'one JSON object')
    .option(
      '--yes',
      'don’t ask for confirmation before final blocks are orphaned; retrying after a write error never asks',
    )
    .option('--chain <id>', 'the chain, if the database follows several', parseChainId)
    .addHelpText(
      'after',
      `
After a reorg past finality, the node contradicts blocks that were final. Make sure first that the node is right: the daemon follows its
chain from then on, blocks that it lacks are orphaned, and their rows are reverted. If the node agrees with the database, writing just
resumes. After a write error, remove the cause first: the block is retried, and nothing is reverted.

Examples:
  $ tracechain resolve --dry-run
  $ tracechain resolve --yes`,
    )
    .action(async (options: ResolveOptions, command: Command) => {
      const planned = await runLeaderCommand(resolveCommand, { dryRun: true }, command, options);
      if (options.dryRun || !hasSomething(planned)) return show(planned, options);
      // Retrying reverts nothing, so it needs no confirmation.
      if (planned.latched !== null) {
        if (options.yes !== true) printNote(describe(planned));
        await confirm('Proceed?', options.yes === true);
      }
      show(await runLeaderCommand(resolveCommand, { dryRun: false }, command, options), options);
    });
}

function show(result: ResolveResult, { json }: ResolveOptions): void {
  if (json) printJson(result);
  else printLine(describe(result));
  process.exitCode = result.dryRun && hasSomething(result) ? exitCodes.findings : exitCodes.good;
}

function hasSomething({ latched, parked }: ResolveResult): boolean {
  return latched !== null || parked.length > 0;
}

function describe(result: ResolveResult): string {
  if (!hasSomething(result)) return 'Nothing is halted.';
  const { latched, fork, parked, orphanedBlocks, removedRows, restoredRows, dryRun } = result;
  const facts: (readonly [string, string])[] = [];
  if (latched !== null) facts.push(['halted', `since ${latched.at}: ${latched.reason}`]);
  if (fork !== null) {
    facts.push(
      ['shared', `block ${fork.at.number} ${fork.at.hash}`],
      ['the ledger', `block ${fork.ledger.number} ${fork.ledger.hash}`],
      ['the node', fork.node === null ? 'no later block' : `block ${fork.node.number} ${fork.node.hash}`],
      ['final was', fork.final === null ? 'nothing' : `block ${fork.final.number} ${fork.final.hash}`],
      ['orphaned', `${orphanedBlocks} blocks`],
      ['rows', `${removedRows} removed, ${restoredRows} reverted to earlier values`],
    );
  } else if (latched !== null) facts.push(['the node', 'has the same blocks: writing resumes']);
  for (const { stream, blockNumber, error } of parked)
    facts.push([`halted: ${stream}`, `block ${blockNumber}: ${error}; retried`]);
  const end = dryRun ? 'Nothing was done.' : 'Done. If the daemon stopped because of it, start it again.';
  return `${formatFacts(facts)}\n\n${end}`;
}
