import type { Catalogue } from '../src/db/catalogue.ts';

export const schemaFile = new URL('../SCHEMA.md', import.meta.url);

/** Objects from this depth on stand in one line each: a column, an index, a function. */
const oneLineDepth = 4;

/** As it is kept beside the migrations: keys in order and a line each, so that a change shows as a change; without comments. */
export function renderCatalogue(catalogue: Catalogue): string {
  return `${render(catalogue, 1)}\n`;
}

function render(value: unknown, depth: number): string {
  if (!isObject(value) || Array.isArray(value)) return JSON.stringify(value);
  const entries = Object.entries(value)
    .filter(([name, inner]) => name !== 'comment' || isObject(inner))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, inner]) => `${JSON.stringify(name)}: ${render(inner, depth + 1)}`);
  if (entries.length === 0) return '{}';
  const indent = ' '.repeat(depth);
  return depth > oneLineDepth
    ? `{ ${entries.join(', ')} }`
    : `{\n${entries.map((entry) => `${indent}${entry}`).join(',\n')}\n${indent.slice(1)}}`;
}

/** A column may be named "comment": that one is an object, not a text. */
function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
