/** The prompt's backslash commands, as SQL on PostgreSQL's catalogue. */
export interface DescribeQuery {
  readonly title: string;
  readonly sql: string;
  readonly values: readonly string[];
}

/** `\dt`: the tables and views that are ours. */
export function listTables(): DescribeQuery {
  return {
    title: 'Tables and views',
    values: [],
    sql: `
      select nspname as schema, relname as name,
             case relkind when 'r' then 'table' when 'p' then 'partitioned table' when 'v' then 'view'
                          else 'materialized view' end as type,
             case when relkind in ('v', 'p') then null else nullif(reltuples, -1)::bigint end as "rows (estimated)",
             pg_size_pretty(pg_total_relation_size(pg_class.oid)) as size
        from pg_class join pg_namespace on pg_namespace.oid = relnamespace
       where relkind in ('r', 'p', 'v', 'm') and not relispartition
         and nspname not in ('pg_catalog', 'information_schema') and nspname not like 'pg\\_%'
       order by nspname = 'public' desc, nspname, relname`,
  };
}

/** `\d name`: its columns, indexes and foreign keys. The name is read as in SQL; one that isn't there is refused. */
export function describeTable(name: string): DescribeQuery[] {
  const values = [name];
  return [
    {
      title: `Columns of ${name}`,
      values,
      sql: `
        select attname as column, format_type(atttypid, atttypmod) as type,
               case when attnotnull then 'not null' else '' end as nullable,
               coalesce(pg_get_expr(adbin, adrelid), '') as "default or expression"
          from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
         where attrelid = $1::text::regclass and attnum > 0 and not attisdropped
         order by attnum`,
    },
    {
      title: 'Indexes',
      values,
      sql: `
        select indexrelid::regclass::text as index, pg_get_indexdef(indexrelid) as definition
          from pg_index where indrelid = $1::text::regclass order by indisprimary desc, 1`,
    },
    {
      title: 'Constraints',
      values,
      sql: `
        select conname as constraint, pg_get_constraintdef(oid) as definition
          from pg_constraint where conrelid = $1::text::regclass and contype <> 'n' order by contype desc, conname`,
    },
    {
      title: 'Referenced by',
      values,
      sql: `
        select conrelid::regclass::text as table, pg_get_constraintdef(oid) as definition
          from pg_constraint where confrelid = $1::text::regclass and contype = 'f' order by 1, conname`,
    },
  ];
}

export const promptHelp = `A statement ends with a semicolon and may go over several lines.
  \\dt          tables and views
  \\d NAME      a table's columns, indexes, constraints
  \\?           this help
  \\q           leave (so does Ctrl-D); Ctrl-C drops what is typed, or breaks off what runs`;
