/**
 * Free text into enums: known values map whatever their case, spacing and punctuation; anything else is `other`, and the
 * original stands beside it.
 */
import { checkpointStatus, productType } from './enums.ts';

type ProductType = (typeof productType.enumValues)[number];
type CheckpointStatus = (typeof checkpointStatus.enumValues)[number];

/** No known value is longer, so a hostile text costs no more than this. */
const longestSpelling = 64;

const productTypes = bySpelling(productType.enumValues);
const checkpointStatuses = bySpelling(checkpointStatus.enumValues);

export function productTypeOf(text: string): ProductType {
  return productTypes.get(letters(text)) ?? 'other';
}

export function checkpointStatusOf(text: string): CheckpointStatus {
  return checkpointStatuses.get(letters(text)) ?? 'other';
}

function letters(text: string): string {
  if (text.length > longestSpelling) return '';
  return text.toLowerCase().replaceAll(/[\s_-]+/g, '');
}

function bySpelling<Value extends string>(values: readonly Value[]): ReadonlyMap<string, Value> {
  return new Map(values.map((value) => [letters(value), value]));
}
