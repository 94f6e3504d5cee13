import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { contractKeys, keyEntries, otherVariables } from '../../src/config/keys.ts';
import {
  kindsFile,
  kindsPage,
  orderKinds,
  pageWithKinds,
  renderKinds,
} from '../../schema-docs/contract-kinds.ts';
import { digestPage, pageWithDigestColumns } from '../../schema-docs/digest-page.ts';
import { contractKinds } from '../../src/tracechain/contract-kinds.ts';
import { kinds } from '../../src/tracechain/index.ts';

const page = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
const lines = page.split('\n');

/** The table's lines as the page must have them: copy what is missing from the failure. */
const keyLines = keyEntries().map(
  ([key, { variable, expected, default: byDefault }]) =>
    `| \`${key}\` | \`${variable}\` | ${expected} | ${byDefault} |`,
);

test('docs/configuration.md has every key with its variable, values and default, and no other', () => {
  const onThePage = lines.filter((line) => /^\| `[^`]+` \| `[A-Z0-9_]+` \|/.test(line));
  expect(onThePage.toSorted()).toEqual(keyLines.toSorted());
});

test('docs/configuration.md has every key of a contract entry, every kind, and every other variable', () => {
  const names = [...Object.keys(contractKeys), ...contractKinds, ...otherVariables];
  expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});

test('the configuration and its page list exactly the contract kinds that the areas define (npm run generate)', () => {
  const names = orderKinds(contractKinds, Object.keys(kinds));
  expect(readFileSync(kindsFile, 'utf8')).toBe(renderKinds(names, kinds));
  expect(readFileSync(kindsPage, 'utf8')).toBe(pageWithKinds(names));
});

test('a kind that is new comes after the listed ones, and one that no area defines is left out', () => {
  expect(orderKinds(['B', 'A', 'Gone'], ['A', 'New', 'B'])).toEqual(['B', 'A', 'New']);
});

test('the page about digests lists every chain-derived table with the columns that are hashed (npm run generate)', () => {
  expect(readFileSync(digestPage, 'utf8')).toBe(pageWithDigestColumns());
});
