/**
 * Formats database values for output: exact numbers such as amounts and ids as decimal text, times as ISO 8601, everything else as in JSON.
 * The form is that of `to_jsonb`, except that large numbers become text.
 */

/** A JSON value, as PostgreSQL prints it. */
export type JsonText = string;

export type ShownColumnValue =
  | string
  | number
  | boolean
  | null
  | readonly unknown[]
  | { readonly [key: string]: unknown };

/** Formats one value. It stays a number only if the column's values are far below 2^53. */
export function shownValue(json: JsonText | null, sqlType: string): ShownColumnValue {
  if (json === null) return null;
  if (/^-?[0-9]/.test(json)) return smallTypes.has(sqlType) ? Number(json) : json;
  return JSON.parse(json) as ShownColumnValue;
}

const smallTypes: ReadonlySet<string> = new Set(['bigint', 'integer', 'smallint']);

/** Whether two JSON texts are equal: numbers to the last digit, objects regardless of the order of their keys. */
export function sameJson(left: JsonText | null, right: JsonText | null): boolean {
  const [one, other] = [left ?? 'null', right ?? 'null'];
  if (one === other) return true;
  if (/^-?[0-9]/.test(one) || /^-?[0-9]/.test(other)) return false;
  return canonical(JSON.parse(one)) === canonical(JSON.parse(other));
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([left], [right]) => (left < right ? -1 : 1)))
      : part,
  );
}
