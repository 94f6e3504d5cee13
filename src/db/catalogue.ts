/**
 * The catalogue of the two schemas as one plain value, for comparison with the result of the migrations and for documentation. Partitions
 * are omitted: the program creates and removes them, and their parents define them.
 */
import type { ClientBase } from 'pg';
import { z } from 'zod';

const text = z.string().nullable();
/** Omitted from the stored catalogue: an operator's comment is not an error. */
const commentText = text.default(null);

const columnSchema = z.object({
  /** From 1 on, in the table's order. */
  position: z.number(),
  type: z.string(),
  nullable: z.boolean(),
  default: text,
  generated: text,
  comment: commentText,
});

const indexSchema = z.object({ definition: z.string(), comment: commentText });

const relationSchema = z.object({
  kind: z.enum(['table', 'partitioned table', 'view', 'materialized view']),
  comment: commentText,
  partitionedBy: text,
  /** A view's query, as this version of PostgreSQL formats it. */
  definition: text,
  options: text,
  columns: z.record(z.string(), columnSchema),
  constraints: z.record(z.string(), z.string()),
  indexes: z.record(z.string(), indexSchema),
  triggers: z.record(z.string(), z.string()),
});

const functionSchema = z.object({
  result: z.string(),
  /** Language, volatility, privileges and settings: all parts of the definition before the body. */
  attributes: z.string(),
  body: z.string(),
  /** The body uses the SQL-standard form, which PostgreSQL stores parsed and formats in its version's style. */
  isParsed: z.boolean(),
  isTrigger: z.boolean(),
  comment: commentText,
});

export const catalogueSchema = z.object({
  /** The major version that formatted the texts. */
  postgres: z.number(),
  relations: z.record(z.string(), relationSchema),
  functions: z.record(z.string(), functionSchema),
  enums: z.record(z.string(), z.array(z.string())),
});

export type Catalogue = z.output<typeof catalogueSchema>;
export type CatalogueRelation = z.output<typeof relationSchema>;
export type CatalogueFunction = z.output<typeof functionSchema>;

/** Reads `public` and `ledger`, except objects of extensions. Names are qualified, and sorted by column position or name. */
export async function readCatalogue(client: ClientBase): Promise<Catalogue> {
  // Definitions qualify the names of objects that are not on the search path.
  const { rows: paths } = await client.query<{ path: string }>(
    `select current_setting('search_path') as path`,
  );
  await client.query(`set search_path = ''`);
  try {
    const { rows } = await client.query<{ catalogue: unknown }>(catalogueQuery);
    return catalogueSchema.parse(rows[0]?.catalogue);
  } finally {
    await client.query(`select set_config('search_path', $1, false)`, [paths[0]?.path ?? '']);
  }
}

const catalogueQuery = `
  with relation as (
    select c.*, n.nspname || '.' || c.relname as name
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('public', 'ledger') and c.relkind in ('r', 'p', 'v', 'm') and not c.relispartition
      and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
  ), function as (
    select p.*, n.nspname || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' as name
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname in ('public', 'ledger') and p.prokind in ('f', 'p')
      and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
  )
  select jsonb_build_object(
    'postgres', current_setting('server_version_num')::int / 10000,
    'relations', coalesce((
      select jsonb_object_agg(name, jsonb_build_object(
        'kind', case relkind when 'r' then 'table' when 'p' then 'partitioned table' when 'v' then 'view' else 'materialized view' end,
        'comment', obj_description(oid, 'pg_class'),
        'partitionedBy', pg_get_partkeydef(oid),
        'definition', case when relkind in ('v', 'm') then pg_get_viewdef(oid) end,
        'options', array_to_string(reloptions, ', '),
        'columns', (
          select jsonb_object_agg(a.attname, jsonb_build_object(
            'position', (select count(*) from pg_attribute b where b.attrelid = a.attrelid and b.attnum between 1 and a.attnum and not b.attisdropped),
            'type', format_type(a.atttypid, a.atttypmod),
            'nullable', not a.attnotnull,
            'default', case when a.attgenerated = '' then pg_get_expr(d.adbin, d.adrelid) end,
            'generated', case when a.attidentity <> '' then 'as identity' when a.attgenerated <> '' then pg_get_expr(d.adbin, d.adrelid) end,
            'comment', col_description(a.attrelid, a.attnum)))
          from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
          where a.attrelid = relation.oid and a.attnum > 0 and not a.attisdropped),
        'constraints', coalesce((
          select jsonb_object_agg(conname, pg_get_constraintdef(k.oid)) from pg_constraint k
          where k.conrelid = relation.oid and k.contype in ('c', 'f', 'p', 'u', 'x')), '{}'),
        'indexes', coalesce((
          select jsonb_object_agg(i.relname, jsonb_build_object(
            'definition', pg_get_indexdef(i.oid), 'comment', obj_description(i.oid, 'pg_class')))
          from pg_index x join pg_class i on i.oid = x.indexrelid
          where x.indrelid = relation.oid and x.indisvalid), '{}'),
        'triggers', coalesce((
          select jsonb_object_agg(t.tgname, pg_get_triggerdef(t.oid)) from pg_trigger t
          where t.tgrelid = relation.oid and not t.tgisinternal), '{}')))
      from relation), '{}'),
    'functions', coalesce((
      select jsonb_object_agg(name, jsonb_build_object(
        'result', pg_get_function_result(oid),
        'attributes', concat_ws(' ', (select lanname from pg_language where oid = prolang),
          case provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end,
          case when proisstrict then 'strict' end, case when prosecdef then 'security definer' end,
          case proparallel when 's' then 'parallel safe' when 'r' then 'parallel restricted' end,
          'set ' || nullif(array_to_string(proconfig, '; '), '')),
        'body', coalesce(pg_get_function_sqlbody(oid), prosrc),
        'isParsed', prosqlbody is not null,
        'isTrigger', prorettype = 'trigger'::regtype,
        'comment', obj_description(oid, 'pg_proc')))
      from function), '{}'),
    'enums', coalesce((
      select jsonb_object_agg(n.nspname || '.' || t.typname, (
        select jsonb_agg(enumlabel order by enumsortorder) from pg_enum e where e.enumtypid = t.oid))
      from pg_type t join pg_namespace n on n.oid = t.typnamespace
      where t.typtype = 'e' and n.nspname in ('public', 'ledger')), '{}')
  ) as catalogue`;
