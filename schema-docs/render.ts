/** The catalogue as a page to read. */
import type { Catalogue, CatalogueFunction, CatalogueRelation } from '../src/db/catalogue.ts';
import { functionExamples, viewExamples } from './examples.ts';
import { queryOfIndex } from './index-query.ts';

type Named<Value> = readonly [name: string, value: Value];

export function renderSchema({ relations, functions, enums }: Catalogue): string {
  const all = byName(relations);
  const isTable = ([, { kind }]: Named<CatalogueRelation>): boolean => kind.endsWith('table');
  const isPublic = ([name]: Named<unknown>): boolean => name.startsWith('public.');
  const tables = all.filter(isTable);
  const views = all.filter((entry) => !isTable(entry));
  const called = byName(functions).filter(([, { isTrigger }]) => !isTrigger);
  const triggers = byName(functions).filter(([, { isTrigger }]) => isTrigger);
  return [
    '# The schema',
    '',
    'Generated from the catalogue of a migrated database by `npm run generate`; not to be edited. The tables of `public` are the application’s to read, those of `ledger` are what they are made from.',
    '',
    '## How the tables hang together',
    '',
    '```mermaid',
    ...diagram(tables.filter(isPublic)),
    '```',
    '',
    '## Tables',
    '',
    ...tables.filter(isPublic).flatMap(renderRelation),
    '## Views',
    '',
    ...views.filter(isPublic).flatMap(renderRelation),
    '## Functions',
    '',
    ...called.filter(isPublic).flatMap(renderFunction),
    '## Types',
    '',
    ...byName(enums).map(
      ([name, values]) => `- \`${short(name)}\`: ${values.map((value) => `\`${value}\``).join(', ')}`,
    ),
    '',
    '## The schema `ledger`: tables',
    '',
    ...tables.filter((entry) => !isPublic(entry)).flatMap(renderRelation),
    '## The schema `ledger`: views',
    '',
    ...views.filter((entry) => !isPublic(entry)).flatMap(renderRelation),
    '## The schema `ledger`: functions',
    '',
    ...called.filter((entry) => !isPublic(entry)).flatMap(renderFunction),
    '## Trigger functions',
    '',
    ...triggers.map(([name, { comment }]) => `- \`${name}\`: ${comment ?? ''}`),
    '',
  ].join('\n');
}

function renderRelation([name, relation]: Named<CatalogueRelation>): string[] {
  const { columns, comment, constraints, indexes, kind, partitionedBy } = relation;
  const partitions = partitionedBy === null ? [] : [`Partitioned by ${partitionedBy}.`, ''];
  const example = viewExamples[name];
  return [
    `### \`${short(name)}\``,
    '',
    `${kind === 'table' || kind === 'partitioned table' ? '' : `(${kind}) `}${comment ?? ''}`,
    '',
    ...partitions,
    ...(example === undefined ? [] : ['```sql', `${example};`, '```', '']),
    '| column | type | null | default | |',
    '| --- | --- | --- | --- | --- |',
    ...inOrder(columns).map(([column, { type, nullable, default: initial, generated, comment: meaning }]) => {
      const value = generated === null ? (initial ?? '') : `generated: ${generated}`;
      return `| \`${column}\` | ${type} | ${nullable ? 'yes' : 'no'} | ${code(value)} | ${cell(meaning ?? '')} |`;
    }),
    '',
    ...renderList(
      'Constraints',
      byName(constraints).map(([constraint, text]) => `\`${constraint}\`: \`${text}\``),
    ),
    ...renderList(
      'Indexes, and the query that each is for',
      byName(indexes).map(([index, { definition, comment: use }]) => {
        const query = use ?? `\`${queryOfIndex(name, definition)}\``;
        const unique = definition.startsWith('CREATE UNIQUE') ? 'unique; ' : '';
        return `\`${index}\`: ${unique}${query}`;
      }),
    ),
  ];
}

function renderList(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`${title}:`, '', ...lines.map((line) => `- ${line}`), ''];
}

/** What the catalogue's comment says after "Example: ", else what is kept for it here. */
export function exampleOf(name: string, { comment }: CatalogueFunction): string | undefined {
  const said = /Example: (.*?;)\s*$/s.exec(comment ?? '')?.[1];
  const kept = functionExamples[name.replace(/\(.*/s, '')];
  return said ?? (kept === undefined ? undefined : `${kept};`);
}

function renderFunction([name, described]: Named<CatalogueFunction>): string[] {
  const { result, comment, attributes } = described;
  const example = exampleOf(name, described);
  return [
    `### \`${short(name)}\``,
    '',
    (comment ?? '').replace(/\s*Example: .*$/s, ''),
    '',
    `Answers \`${result}\`. (${attributes})`,
    '',
    ...(example === undefined ? [] : ['```sql', example, '```', '']),
  ];
}

/** Each foreign key as a line: many rows of the one belong to one of the other. */
function diagram(tables: readonly Named<CatalogueRelation>[]): string[] {
  const lines = tables.flatMap(([name, { constraints }]) =>
    byName(constraints).flatMap(([, text]) => {
      const [, columns, target] = /^FOREIGN KEY \((.*?)\) REFERENCES ([\w.]+)/.exec(text) ?? [];
      if (columns === undefined || target === undefined) return [];
      return [`  ${short(target)} ||--o{ ${short(name)} : ${columns.replaceAll(/\W+/g, '_')}`];
    }),
  );
  return ['erDiagram', ...lines];
}

/** Columns as the table has them. */
function inOrder(columns: CatalogueRelation['columns']): Named<CatalogueRelation['columns'][string]>[] {
  return Object.entries(columns).toSorted(([, a], [, b]) => a.position - b.position);
}

function byName<Value>(record: Readonly<Record<string, Value>>): Named<Value>[] {
  return Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function short(name: string): string {
  return name.replace(/^public\./, '');
}

function code(text: string): string {
  return text === '' ? '' : `\`${cell(text)}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', String.raw`\|`).replaceAll(/\s+/g, ' ');
}
