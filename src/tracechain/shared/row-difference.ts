/** Whether a patch would change a row: for rows that many events restate, so that only a real change moves their provenance. */
import { storable } from '../../primitives/text.ts';

export function differs(row: object, patch: object): boolean {
  const values: Readonly<Record<string, unknown>> = { ...row };
  return Object.entries(patch).some(([column, value]) => !isSame(values[column], value));
}

/** A row holds what could be stored of a text, a patch the exact one. */
function isSame(held: unknown, given: unknown): boolean {
  if (typeof given === 'string') return held === storable(given).text;
  if (!Array.isArray(held) || !Array.isArray(given)) return held === given;
  return held.length === given.length && held.every((value, index) => isSame(value, given[index]));
}
