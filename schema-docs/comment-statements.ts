/**
 * The comments of the tables' descriptors and of views' columns as SQL. What a migration has said of a view, or of a table that Drizzle
 * doesn't know, where it made it stands.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getTableColumns, is } from 'drizzle-orm';
import { type PgColumn, PgTable } from 'drizzle-orm/pg-core';
import { escapeIdentifier, escapeLiteral } from 'pg';
import type { Catalogue } from '../src/db/catalogue.ts';
import { ownMigrationsFolder } from '../src/db/migrations/files.ts';
import { schema } from '../src/tracechain/index.ts';
import { descriptor, isDescribed } from '../src/db/table.ts';
import { exceptions, relationComments, viewColumnComments } from './view-comments.ts';

const objects = {
  table: 'TABLE',
  'partitioned table': 'TABLE',
  view: 'VIEW',
  'materialized view': 'MATERIALIZED VIEW',
} as const;

/** The statements that bring a database's comments up to what is written; none where they are. */
export function commentStatements({ relations }: Catalogue): string[] {
  const wanted = wantedComments();
  return Object.entries(relations)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, { kind, comment, columns }]) => {
      const quoted = name.split('.').map(escapeIdentifier).join('.');
      const statement = (object: string, said: string | null, words: string | undefined): string[] =>
        words === undefined || words === said ? [] : [`COMMENT ON ${object} IS ${escapeLiteral(words)};`];
      return [
        ...statement(`${objects[kind]} ${quoted}`, comment, wanted(name)),
        ...Object.entries(columns)
          .toSorted(([, a], [, b]) => a.position - b.position)
          .flatMap(([column, { comment: said }]) =>
            statement(`COLUMN ${quoted}.${escapeIdentifier(column)}`, said, wanted(name, column)),
          ),
      ];
    });
}

/** What is to be said of a relation or of one of its columns; undefined where a migration says it. */
function wantedComments(): (relation: string, column?: string) => string | undefined {
  const described = describedComments();
  const saidElsewhere = commentedByHand();
  return (relation, column) => {
    const table = described.get(relation);
    if (table !== undefined) return column === undefined ? table.comment : table.columns.get(column);
    if (column === undefined) return saidElsewhere.has(relation) ? undefined : relationComments[relation];
    const name = `${relation}.${column}`;
    return saidElsewhere.has(name) ? undefined : (exceptions[name] ?? viewColumnComments[column]);
  };
}

interface TableComments {
  readonly comment: string;
  /** By name in SQL. */
  readonly columns: ReadonlyMap<string, string>;
}

function describedComments(): Map<string, TableComments> {
  return new Map(
    Object.values<unknown>(schema).flatMap((table): [string, TableComments][] => {
      if (!isDescribed(table) || !is(table, PgTable)) return [];
      const { schema: schemaName, name, comment, columns } = table[descriptor];
      const commented = Object.entries<PgColumn>(getTableColumns<PgTable>(table)).map(
        ([property, column]): [string, string] => [column.name, columns[property]?.comment ?? ''],
      );
      return [[`${schemaName}.${name}`, { comment, columns: new Map(commented) }]];
    }),
  );
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
