/** Every error code that the program can end with has an entry in docs/operations.md, which says what to do. */
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { nodeErrorKinds } from '../../src/engine/rpc/errors.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const sources = globSync('src/**/*.ts', { cwd: root })
  .map((file) => readFileSync(`${root}${file}`, 'utf8'))
  .join('\n');
const page = readFileSync(`${root}docs/operations.md`, 'utf8');

/** Codes that are put together from what only shows when the program runs. */
const assembled: Readonly<Record<string, readonly string[]>> = {
  'chain/${options.kind}': nodeErrorKinds.map((kind) => `chain/${kind}`),
  'maintenance/${outcome}': ['maintenance/failed', 'maintenance/interrupted'],
};

function codesInSource(): Set<string> {
  const areas = new Set(Array.from(sources.matchAll(/\bcode: '([a-z]+)\/[a-z0-9-]+'/g), ([, area]) => area));
  areas.add('abi');
  const literals = Array.from(sources.matchAll(/'([a-z]+)\/[a-z0-9-]+'/g));
  const codes = literals.filter(([, area]) => areas.has(area)).map(([literal]) => literal.slice(1, -1));
  return new Set([...codes, ...Object.values(assembled).flat()]);
}

test('every error code of the source has an entry in docs/operations.md', () => {
  const codes = codesInSource();
  expect(codes.size).toBeGreaterThan(100);
  expect([...codes].filter((code) => !page.includes(`\`${code}\``)).toSorted()).toEqual([]);
});

test('docs/operations.md has no entry for an error code that no longer exists', () => {
  const codes = codesInSource();
  const tables = page.slice(page.indexOf("## When it doesn't run"));
  const entries = tables
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) =>
      Array.from((line.split(' | ')[0] ?? '').matchAll(/`([a-z]+\/[a-z0-9-]+)`/g), ([, code]) => code),
    );
  expect(entries.filter((code) => code !== undefined && !codes.has(code))).toEqual([]);
});

test('this test knows all error codes that the source assembles', () => {
  const templates = Array.from(sources.matchAll(/\bcode: `([^`]+)`/g), ([, template]) => template);
  expect(new Set(templates)).toEqual(new Set(Object.keys(assembled)));
});
