import { Command } from 'commander';
import { withClient } from '../../db/client.ts';
import { chooseChain } from '../../engine/ledger/chains.ts';
import { type ChainDigest, digestChain } from '../../engine/store/digest.ts';
import { parseBlockNumber, parseChainId } from '../arguments.ts';
import { openContext } from '../context.ts';
import { findDatabase, openPool } from '../database.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatFacts, formatTable, printJson, printLine } from '../output.ts';
import { requireReadableSchema } from '../schema-check.ts';
import { registerTraceChain } from '../../tracechain/index.ts';

interface DigestOptions {
  readonly at?: number;
  readonly json?: true;
  readonly chain?: number;
}

export function digestCommand(): Command {
  registerTraceChain();
  return new Command('digest')
    .description(
      'compute a SHA-256 of every chain-derived table: equal in two databases that followed the same chain',
    )
    .option('--at <block>', 'the rows as of this block (default: the current rows)', parseBlockNumber)
    .option('--json', 'one JSON object, with the statements whose output was hashed')
    .option('--chain <id>', 'the chain, if the database follows several', parseChainId)
    .addHelpText(
      'after',
      `
docs/digest.md defines the digest, so that anyone can compute it with psql and sha256sum.

Examples:
  $ tracechain digest
  $ tracechain digest --at 1000
  $ tracechain digest --json | jq -r .sha256`,
    )
    .action(async (options: DigestOptions, command: Command) => {
      const context = await openContext(command);
      const { url } = await findDatabase(context);
      const pool = openPool(url, 'digest');
      try {
        const chainId = await withClient(pool, async (client) => {
          await requireReadableSchema(client);
          return await chooseChain(client, options.chain ?? context.configuration.chain.expectedChainId);
        });
        const digest = await digestChain(pool, chainId, options.at);
        if (options.json) printJson(digest);
        else printLine(formatDigest(digest));
      } finally {
        await pool.end();
      }
      process.exitCode = exitCodes.good;
    });
}

function formatDigest({ chainId, block, tables, rows, sha256 }: ChainDigest): string {
  const facts = formatFacts([
    ['chain', String(chainId)],
    ['block', block === null ? 'nothing is projected yet' : `${block.number} ${block.hash ?? ''}`],
    ['rows', String(rows)],
    ['digest', sha256],
  ]);
  const cells = tables.map((table) => [table.table, String(table.rows), table.sha256]);
  return `${facts}\n\n${formatTable(['table', 'rows', 'sha256'], cells)}`;
}
