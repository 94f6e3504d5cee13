/** The comments of src/db/comments as SQL. What a migration has said of an object where it made it stands. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { escapeIdentifier, escapeLiteral } from 'pg';
import type { Catalogue } from '../src/db/catalogue.ts';
import { columnComments, exceptions } from '../src/db/comments/columns.ts';
import { relationComments } from '../src/db/comments/relations.ts';
import { ownMigrationsFolder } from '../src/db/migrations/files.ts';

const objects = {
  table: 'TABLE',
  'partitioned table': 'TABLE',
  view: 'VIEW',
  'materialized view': 'MATERIALIZED VIEW',
} as const;

/** The statements that bring a database's comments up to what is written; none where they are. */
export function commentStatements({ relations }: Catalogue): string[] {
  const saidElsewhere = commentedByHand();
  return Object.entries(relations)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, { kind, comment, columns }]) => {
      const quoted = name.split('.').map(escapeIdentifier).join('.');
      const statement = (object: string, said: string | null, wanted: string | undefined): string[] =>
        wanted === undefined || wanted === said ? [] : [`COMMENT ON ${object} IS ${escapeLiteral(wanted)};`];
      const ofColumns = Object.entries(columns).flatMap(([column, { comment: said }]) =>
        saidElsewhere.has(`${name}.${column}`)
          ? []
          : statement(
              `COLUMN ${quoted}.${escapeIdentifier(column)}`,
              said,
              exceptions[`${name}.${column}`] ?? columnComments[column],
            ),
      );
      const ofRelation = saidElsewhere.has(name)
        ? []
        : statement(`${objects[kind]} ${quoted}`, comment, relationComments[name]);
      return [...ofRelation, ...ofColumns];
    });
}

/** `ledger.chain_tables`, `ledger.chain_tables.table_id`: what other migrations than those of comments speak of. */
function commentedByHand(): Set<string> {
  const files = readdirSync(ownMigrationsFolder).filter((file) => /(?<!_comments)\.sql$/.test(file));
  const texts = files.map((file) => readFileSync(join(ownMigrationsFolder, file), 'utf8'));
  return new Set(
    texts.flatMap((text) =>
      Array.from(
        text.matchAll(/COMMENT ON (?:TABLE|COLUMN|VIEW|MATERIALIZED VIEW) "?([\w."]+)"? IS/gi),
        ([, name = '']) => name.replaceAll('"', ''),
      ),
    ),
  );
}
