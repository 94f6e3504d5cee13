/** The list in docs/digest.md: the chain-derived tables, and the columns of each that its digest covers. */
import { readFileSync } from 'node:fs';
import { getTableName } from 'drizzle-orm';
import { chainTable, chainTableNames, digestColumns } from '../src/engine/tables.ts';

export const digestPage = new URL('../docs/digest.md', import.meta.url);

const listRows = /(?:^\| `\w+` \| .+ \|\n)+/m;

/** The content of `digestPage`: what it is, with the rows of the list replaced. Needs the registered tables. */
export function pageWithDigestColumns(): string {
  const rows = chainTableNames()
    .map((name) => ({
      table: getTableName(chainTable(name).table),
      columns: Object.values(digestColumns(name))
        .map((column) => column.name)
        .toSorted(),
    }))
    .toSorted((left, right) => (left.table < right.table ? -1 : 1))
    .map(({ table, columns }) => `| \`${table}\` | ${columns.map((name) => `\`${name}\``).join(', ')} |\n`);
  return readFileSync(digestPage, 'utf8').replace(listRows, () => rows.join(''));
}
