import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';

function read(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

const packages = z.record(z.string(), z.string());
const manifestSchema = z.object({
  dependencies: packages,
  devDependencies: packages,
  optionalDependencies: packages,
});
const manifest = manifestSchema.parse(JSON.parse(read('package.json')));
const dependencies = {
  ...manifest.dependencies,
  ...manifest.devDependencies,
  ...manifest.optionalDependencies,
};

test('docs/dependencies.md has one complete row for each dependency, and no other', () => {
  const rows = read('docs/dependencies.md')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim()));
  const names = rows.map(([, name = '']) => name.replaceAll('`', ''));
  expect(names.toSorted()).toEqual(Object.keys(dependencies).toSorted());
  for (const row of rows) {
    expect(row).toHaveLength(7);
    expect(row.slice(1, 6)).not.toContain('');
  }
});

test('package.json pins each dependency to one version', () => {
  const loose = Object.entries(dependencies).filter(
    ([, version]) => !/^\d+\.\d+\.\d+(?:-[0-9a-z.]+)?$/i.test(version),
  );
  expect(loose).toEqual([]);
});

test('package-lock.json has the same versions and names no host', () => {
  const lock = read('package-lock.json');
  const root = z.object({ packages: z.object({ '': manifestSchema }) }).parse(JSON.parse(lock)).packages[''];
  expect(root).toEqual(manifest);
  expect(lock).not.toContain('"resolved"');
});
