import { expect, it } from 'vitest';
import { findStaleFiles } from '../../contracts-fixtures/generate.ts';

it('the generated files are what the Solidity sources compile to', () => {
  expect(findStaleFiles().map((file) => file.path)).toEqual([]);
});
