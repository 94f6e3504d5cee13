/** The list of areas, from which all code for several areas is derived. */
import { existsSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { areaModules, kinds, merged, schema } from '../../src/tracechain/index.ts';

const folder = new URL('../../src/tracechain/', import.meta.url);

test('every folder with an index.ts is an area of the list, under its own name', () => {
  const folders = readdirSync(folder).filter((name) => existsSync(new URL(`${name}/index.ts`, folder)));
  expect(areaModules.map(({ name }) => name).toSorted()).toEqual(folders.toSorted());
});

test('the parts of an area bear the area’s name', () => {
  for (const { name, projection, audit } of areaModules)
    expect([projection.area, audit.area], name).toEqual([name, name]);
});

test('each kind of contract belongs to one area, as does each table', () => {
  const names = areaModules.flatMap(({ contracts, tables }) => [
    ...Object.keys(contracts),
    ...Object.keys(tables),
  ]);
  expect(new Set(names).size).toBe(names.length);
  expect(names.filter((name) => !(name in kinds) && !(name in schema))).toEqual([]);
});

test('two areas that use one name for different things are refused', () => {
  expect(() => merged([{ readings: 1 }, { readings: 2 }])).toThrow('two areas export readings');
});
