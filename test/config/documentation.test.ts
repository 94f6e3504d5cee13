import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { contractKeys, keyEntries, otherVariables } from '../../src/config/keys.ts';
import { contractKinds } from '../../src/tracechain/contract-kinds.ts';

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
