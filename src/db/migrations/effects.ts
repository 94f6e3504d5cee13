/**
 * Predicts the effects of a migration on existing tables: which statements take long on a large table, and which sessions they block. The
 * prediction uses the text of the statements and the catalogue's estimates, so it is cheap.
 *
 * Locks: https://www.postgresql.org/docs/current/explicit-locking.html, and the pages of ALTER TABLE and CREATE INDEX.
 */
import type { ClientBase } from 'pg';
import type { MigrationFile } from './files.ts';

export interface MigrationEffect {
  readonly name: string;
  readonly generatedAt: Date;
  /** The beginning of each statement. */
  readonly statements: readonly string[];
  readonly heavy: readonly HeavyStatement[];
}

/** A statement whose duration grows with the size of an existing table. */
export interface HeavyStatement {
  readonly statement: string;
  readonly table: string;
  readonly estimatedRows: number;
  readonly bytes: number;
  readonly why: string;
  /** The sessions that wait while it runs. */
  readonly blocks: 'nobody' | 'writers' | 'readers and writers';
  /** It blocks other sessions, and the table is large. */
  readonly locksBigTable: boolean;
}

/** From this size on, a statement that scans the whole table delays waiting sessions noticeably. */
const bigTable = { rows: 100_000, bytes: 64 * 1024 * 1024 };

interface Rule {
  readonly pattern: RegExp;
  readonly why: string;
  readonly blocks: HeavyStatement['blocks'];
}

/** The first matching rule describes a statement. `table` is the name as written in the statement. */
const rules: readonly Rule[] = [
  {
    pattern: /^create (?:unique )?index concurrently (?:if not exists )?\S* ?on (?:only )?(?<table>[\w."]+)/,
    why: 'builds an index without blocking readers and writers',
    blocks: 'nobody',
  },
  {
    pattern: /^create (?:unique )?index .*? ?on (?:only )?(?<table>[\w."]+)/,
    why: 'builds an index',
    blocks: 'writers',
  },
  {
    pattern:
      /^alter table (?:if exists )?(?:only )?(?<table>[\w."]+) .*\balter (?:column )?\S+ (?:set data )?type\b/,
    why: 'rewrites the table',
    blocks: 'readers and writers',
  },
  {
    pattern:
      /^alter table (?:if exists )?(?:only )?(?<table>[\w."]+) .*\badd (?:column )?.*(?:generated always|\w*serial\b|default (?:gen_random_uuid|random|clock_timestamp|nextval)\()/,
    why: 'rewrites the table, because each row gets its own value',
    blocks: 'readers and writers',
  },
  {
    pattern:
      /^alter table (?:if exists )?(?:only )?(?<table>[\w."]+) .*\bset (?:unlogged|logged|tablespace|access method)\b/,
    why: 'rewrites the table',
    blocks: 'readers and writers',
  },
  {
    pattern:
      /^alter table (?:if exists )?(?:only )?(?<table>[\w."]+) .*\badd (?:constraint \S+ )?foreign key(?!.*\bnot valid\b)/,
    why: 'reads the whole table to check a foreign key',
    blocks: 'writers',
  },
  {
    pattern:
      /^alter table (?:if exists )?(?:only )?(?<table>[\w."]+) .*\badd (?:constraint \S+ )?(?:check|unique|primary key|exclude)(?!.*\b(?:not valid|using index)\b)/,
    why: 'reads the whole table to check a constraint',
    blocks: 'readers and writers',
  },
  {
    pattern: /^alter table (?:if exists )?(?:only )?(?<table>[\w."]+) .*\bset not null\b/,
    why: 'reads the whole table for nulls',
    blocks: 'readers and writers',
  },
  {
    pattern: /^alter table (?:if exists )?(?:only )?(?<table>[\w."]+) .*\bvalidate constraint\b/,
    why: 'reads the whole table without blocking readers and writers',
    blocks: 'nobody',
  },
  {
    pattern: /^update (?:only )?(?<table>[\w."]+)/,
    why: 'updates rows and locks them until the commit',
    blocks: 'writers',
  },
  {
    pattern: /^delete from (?:only )?(?<table>[\w."]+)/,
    why: 'deletes rows and locks them until the commit',
    blocks: 'writers',
  },
  {
    pattern: /^(?:truncate|cluster|vacuum full|lock table|lock) (?:table )?(?:only )?(?<table>[\w."]+)/,
    why: 'locks the whole table',
    blocks: 'readers and writers',
  },
  {
    pattern: /^refresh materialized view (?!concurrently)(?<table>[\w."]+)/,
    why: 'recomputes the view',
    blocks: 'readers and writers',
  },
];

/** The effects of each pending migration on this database. */
export async function migrationEffects(
  client: ClientBase,
  pending: readonly MigrationFile[],
): Promise<MigrationEffect[]> {
  const effects: MigrationEffect[] = [];
  for (const { name, generatedAtMs, statements } of pending) {
    const plain = statements.flatMap(plainStatements);
    const heavy: HeavyStatement[] = [];
    for (const statement of plain) {
      const found = await heavyStatement(client, statement);
      if (found !== null) heavy.push(found);
    }
    effects.push({ name, generatedAt: new Date(generatedAtMs), statements: plain.map(beginning), heavy });
  }
  return effects;
}

async function heavyStatement(client: ClientBase, statement: string): Promise<HeavyStatement | null> {
  const lower = statement.toLowerCase();
  for (const { pattern, why, blocks } of rules) {
    const table = pattern.exec(lower)?.groups?.['table'];
    if (table === undefined) continue;
    const size = await sizeOf(client, table);
    // A table that the same migration creates is empty.
    if (size === null) return null;
    const isBig = size.rows >= bigTable.rows || size.bytes >= bigTable.bytes;
    return {
      statement: beginning(statement),
      table: size.name,
      estimatedRows: size.rows,
      bytes: size.bytes,
      why,
      blocks,
      locksBigTable: isBig && blocks !== 'nobody',
    };
  }
  return null;
}

interface Size {
  readonly name: string;
  readonly rows: number;
  readonly bytes: number;
}

/** The sum over all partitions, with the statistics' estimate of the rows. */
async function sizeOf(client: ClientBase, table: string): Promise<Size | null> {
  const { rows } = await client.query<Size>(
    `select format('%I.%I', nspname, root.relname) as name,
            coalesce(sum(greatest(part.reltuples, pg_stat_get_live_tuples(part.oid), 0)), 0)::float8 as rows,
            coalesce(sum(pg_table_size(part.oid)), 0)::float8 as bytes
     from pg_class as root join pg_namespace on pg_namespace.oid = root.relnamespace
     left join pg_class as part
       on part.oid = root.oid or part.oid in (select relid from pg_partition_tree(root.oid) where isleaf)
     where root.oid = to_regclass($1) group by 1`,
    [table],
  );
  return rows[0] ?? null;
}

/** A statement's text on one line, without comments. A breakpoint may contain several statements. */
function plainStatements(text: string): string[] {
  const bare = text
    .replaceAll(/\/\*[\s\S]*?\*\//g, ' ')
    .replaceAll(/--[^\n]*/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
  // A function's body contains semicolons of its own.
  const parts = /\$\w*\$|\bbegin atomic\b/i.test(bare) ? [bare] : bare.split(';');
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

const longestBeginning = 120;

function beginning(statement: string): string {
  return statement.length <= longestBeginning ? statement : `${statement.slice(0, longestBeginning)}…`;
}
