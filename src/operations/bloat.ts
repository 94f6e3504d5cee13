/**
 * Reclaims space after updates and deletes. Autovacuum does the daily work; these tasks do what it can't (an index never
 * shrinks without a rebuild) and what it has not reached.
 *
 * Both process one table at a time outside a transaction, as VACUUM and a concurrent rebuild require, and take no lock that blocks
 * readers or writers.
 */
import { type ClientBase, escapeIdentifier } from 'pg';

/** Smaller tables and indexes are skipped. */
const smallestBytes = 8 * 1024 * 1024;

export type VacuumedTable = {
  readonly table: string;
  readonly deadRows: number;
  readonly deadPercent: number;
};

/** Vacuums (and analyzes) TraceChain's tables with more than this percentage of dead rows; returns them. */
export async function vacuumBloatedTables(
  client: ClientBase,
  limits: { readonly deadRowsPercent: number; readonly minimumBytes?: number },
): Promise<VacuumedTable[]> {
  const { rows } = await client.query<{ schema: string; name: string; dead: number; percent: number }>(
    `select schemaname as schema, relname as name, n_dead_tup::float8 as dead,
            round(100.0 * n_dead_tup / (n_live_tup + n_dead_tup), 1)::float8 as percent
     from pg_stat_user_tables
     where schemaname in ('public', 'ledger') and n_dead_tup > 0 and pg_table_size(relid) >= $2
       and 100.0 * n_dead_tup / (n_live_tup + n_dead_tup) > $1
       and pg_has_role((select relowner from pg_class where oid = relid), 'USAGE')
     order by n_dead_tup desc`,
    [limits.deadRowsPercent, limits.minimumBytes ?? smallestBytes],
  );
  for (const { schema, name } of rows)
    await client.query(`vacuum (analyze) ${escapeIdentifier(schema)}.${escapeIdentifier(name)}`);
  return rows.map(({ schema, name, dead, percent }) => ({
    table: `${schema}.${name}`,
    deadRows: dead,
    deadPercent: percent,
  }));
}

export type RebuiltIndex = {
  readonly index: string;
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  readonly bloatPercent: number;
};

/**
 * Concurrently rebuilds TraceChain's B-tree indexes of which more than this percentage is empty; returns them. Remains of an
 * interrupted rebuild are removed first.
 *
 * The used space is estimated from the number of entries and the mean width of the columns (`pg_stats`): 8 bytes of item header and
 * 4 of line pointer each, and pages filled to 90%. Deduplicated entries take less, so their bloat is
 * underestimated. An index whose columns were never analyzed is skipped.
 */
export async function rebuildBloatedIndexes(
  client: ClientBase,
  limits: { readonly indexBloatPercent: number; readonly minimumBytes?: number },
): Promise<RebuiltIndex[]> {
  await dropLeftovers(client);
  const { rows } = await client.query<{ name: string; bytes: number; percent: number }>(
    `with width as (
       select candidate.indexrelid, candidate.indrelid, sum(statistics.avg_width) as bytes,
              count(*) = count(statistics.avg_width) as is_known
       from pg_index as candidate
       join pg_class as relation on relation.oid = candidate.indexrelid and relation.relkind = 'i'
       join pg_am on pg_am.oid = relation.relam and pg_am.amname = 'btree'
       join pg_class as owner on owner.oid = candidate.indrelid
       join pg_namespace as namespace on namespace.oid = relation.relnamespace and namespace.nspname in ('public', 'ledger')
       join pg_attribute as entry on entry.attrelid = candidate.indexrelid
       left join pg_attribute as source on source.attrelid = candidate.indrelid and source.attnum = candidate.indkey[entry.attnum - 1]
       left join pg_stats as statistics on statistics.schemaname = namespace.nspname
         and (statistics.tablename, statistics.attname)
           = case when source.attnum > 0 then (owner.relname, source.attname) else (relation.relname, entry.attname) end
       where candidate.indisvalid and pg_has_role(relation.relowner, 'USAGE')
       group by candidate.indexrelid, candidate.indrelid
     ), size as (
       select width.indexrelid, pg_relation_size(width.indexrelid) as bytes,
              greatest(relation.reltuples, 0) * (width.bytes + 12) / 0.9 as needed
       from width join pg_class as relation on relation.oid = width.indexrelid
       where width.is_known
     )
     select format('%I.%I', nspname, relname) as name, size.bytes::float8 as bytes,
            round((100 * (1 - size.needed / size.bytes))::numeric, 1)::float8 as percent
     from size join pg_class on pg_class.oid = size.indexrelid join pg_namespace on pg_namespace.oid = relnamespace
     where size.bytes >= $2 and 100 * (1 - size.needed / size.bytes) > $1
     order by size.bytes desc`,
    [limits.indexBloatPercent, limits.minimumBytes ?? smallestBytes],
  );
  const rebuilt: RebuiltIndex[] = [];
  for (const { name, bytes, percent } of rows) {
    await client.query(`reindex index concurrently ${name}`);
    const after = await client.query<{ bytes: number }>(
      'select pg_relation_size($1::regclass)::float8 as bytes',
      [name],
    );
    rebuilt.push({
      index: name,
      bytesBefore: bytes,
      bytesAfter: after.rows[0]?.bytes ?? 0,
      bloatPercent: percent,
    });
  }
  return rebuilt;
}

/** Drops the invalid indexes, named by PostgreSQL, of interrupted concurrent rebuilds: writers keep updating them. */
async function dropLeftovers(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select format('%I.%I', nspname, relname) as name
     from pg_index join pg_class on pg_class.oid = indexrelid join pg_namespace on pg_namespace.oid = relnamespace
     where not indisvalid and relkind = 'i' and nspname in ('public', 'ledger') and relname ~ '_cc(new|old)[0-9]*$'
       and pg_has_role(relowner, 'USAGE')`,
  );
  for (const { name } of rows) await client.query(`drop index concurrently if exists ${name}`);
}
