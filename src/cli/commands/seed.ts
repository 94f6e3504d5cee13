import { Command } from 'commander';
import { seedStandards } from '../../seed/standards.ts';
import { openContext } from '../context.ts';
import { findDatabase, withDatabase } from '../database.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatTable, printJson, printLine } from '../output.ts';
import { requireSchema } from '../schema-check.ts';

export function seedCommand(): Command {
  return new Command('seed')
    .description('insert the default compliance standards; running it again changes nothing')
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExamples:\n  $ tracechain seed\n  $ tracechain seed --json')
    .action(async (options: { readonly json?: true }, command: Command) => {
      const database = await findDatabase(await openContext(command));
      const standards = await withDatabase(database.url, 'seed', async (client) => {
        await requireSchema(client);
        return await seedStandards(client);
      });
      if (options.json) printJson({ standards });
      else {
        const added = standards.filter(({ change }) => change === 'added').length;
        const rows = standards.map(({ code, name, change }) => [code, name, change]);
        printLine(`${formatTable(['code', 'name', ''], rows)}\n${added} added to ${database.name}`);
      }
      process.exitCode = exitCodes.good;
    });
}
