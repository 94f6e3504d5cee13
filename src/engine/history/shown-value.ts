/**
 * Database values as they are shown: amounts, ids and other exact numbers as decimal text, times as ISO 8601, everything else as
 * JSON has it. The form of `to_jsonb`, without its big numbers.
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

/** A number stays one only where its column can't pass 2^53 by far. */
export function shownValue(json: JsonText | null, sqlType: string): ShownColumnValue {
  if (json === null) return null;
  if (/^-?[0-9]/.test(json)) return smallTypes.has(sqlType) ? Number(json) : json;
  return JSON.parse(json) as ShownColumnValue;
}

const smallTypes: ReadonlySet<string> = new Set(['bigint', 'integer', 'smallint']);

/** Whether two JSON texts say the same: numbers to the digit, documents whatever the order of their keys. */
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
