/**
 * Makes everything that is derived from src/db/schema, in this order: the numbers of new chain-derived tables, a migration where the
 * schema changed (Drizzle's SQL, and what complete-migration.ts adds), SCHEMA.md and drizzle/catalogue.json. `--name NAME` names the
 * migration; `--database URL` names a database that may be changed, instead of a server that is started for the time being.
 */
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as schema from '../src/tracechain/tables.ts';
import { registerTables } from '../src/engine/tables.ts';
import { generateFiles } from './migrated-files.ts';
import { insertOrder, type TableIds, withNewTables } from './table-numbers.ts';

const { values: options } = parseArgs({
  options: { name: { type: 'string' }, database: { type: 'string' } },
});
const numbersFile = fileURLToPath(new URL('../src/tracechain/table-ids.lock.json', import.meta.url));

/** Registers the tables with their numbers. Returns those that got a new one. */
async function numberNewTables(): Promise<string[]> {
  const text = readFileSync(numbersFile, 'utf8');
  const kept = JSON.parse(text) as TableIds;
  const ids = withNewTables(kept, insertOrder(schema, Object.keys(kept)));
  const wanted = `${JSON.stringify(ids, null, 2)}\n`;
  if (wanted !== text) await writeFile(numbersFile, wanted);
  registerTables(schema, ids);
  return Object.keys(ids).filter((name) => !(name in kept));
}

const added = await numberNewTables();
const file = await generateFiles({
  name: options.name ?? (added.length > 0 ? added.join('_and_') : 'schema'),
  databaseUrl: options.database,
});
process.stdout.write(
  file === null ? 'no migration is needed\n' : `wrote ${file}: read it before you commit\n`,
);
