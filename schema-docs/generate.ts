/**
 * Writes everything that is derived from the areas, in this order: the lists of contract kinds, the numbers of new chain-derived tables,
 * the list in docs/digest.md, a migration if the schema changed (Drizzle's SQL, and what complete-migration.ts adds), SCHEMA.md and drizzle/catalogue.json.
 * `--name NAME` names the migration; `--database URL` names a database that may be changed, instead of a temporary server.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { registerTables } from '../src/engine/tables.ts';
import { InvariantError } from '../src/primitives/errors.ts';
import { contractKinds } from '../src/tracechain/contract-kinds.ts';
import { areas, kinds, schema } from '../src/tracechain/index.ts';
import { kindsFile, kindsPage, orderKinds, pageWithKinds, renderKinds } from './contract-kinds.ts';
import { digestPage, pageWithDigestColumns } from './digest-page.ts';
import { generateFiles } from './migrated-files.ts';
import { insertOrder, type TableIds, withNewTables } from './table-numbers.ts';

const { values: options } = parseArgs({
  options: { name: { type: 'string' }, database: { type: 'string' } },
});
const numbersFile = fileURLToPath(new URL('../src/tracechain/table-ids.lock.json', import.meta.url));

/** drizzle-kit reads every `<area>/tables.ts`, so an area that is not in the list would get tables that nobody fills. */
function requireListedAreas(): void {
  const folder = new URL('../src/tracechain/', import.meta.url);
  const names: readonly string[] = areas.map(({ name }) => name);
  const unlisted = readdirSync(folder).filter(
    (name) => existsSync(new URL(`${name}/index.ts`, folder)) && !names.includes(name),
  );
  if (unlisted.length === 0) return;
  throw new InvariantError(`the list of areas leaves out ${unlisted.join(', ')}`, {
    fix: 'Add it to `areas` in src/tracechain/index.ts.',
  });
}

async function listKinds(): Promise<void> {
  const names = orderKinds(contractKinds, Object.keys(kinds));
  await writeFile(kindsFile, renderKinds(names, kinds));
  await writeFile(kindsPage, pageWithKinds(names));
}

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

requireListedAreas();
await listKinds();
const added = await numberNewTables();
await writeFile(digestPage, pageWithDigestColumns());
const file = await generateFiles({
  name: options.name ?? (added.length > 0 ? added.join('_and_') : 'schema'),
  databaseUrl: options.database,
});
process.stdout.write(
  file === null ? 'no migration is needed\n' : `wrote ${file}: read it before you commit\n`,
);
