/**
 * The JSON Canonicalization Scheme (RFC 8785): one text for one value, so that a signature over the text is one over the value. Members
 * are in the order of their names' UTF-16 code units, nothing stands between tokens, numbers and strings are as ECMAScript writes them.
 */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export function canonicalJson(value: Json): string {
  return JSON.stringify(ordered(value));
}

/** The same members in the same order, in lines for a person to read. */
export function readableJson(value: Json): string {
  return `${JSON.stringify(ordered(value), null, 2)}\n`;
}

/** A value as JSON has it: what is undefined left out, bigints as decimal text. */
export function toJsonValue(value: unknown): Json {
  const text = JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'bigint' ? part.toString() : part,
  );
  return JSON.parse(text) as Json;
}

function ordered(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (isList(value)) return value.map(ordered);
  // Without a prototype: a member may have any name, `__proto__` included. (Names that are whole numbers come first
  // whatever their order, so a report has none.)
  const members = Object.create(null) as Record<string, Json>;
  for (const name of Object.keys(value).toSorted()) members[name] = ordered(value[name] ?? null);
  return members;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
