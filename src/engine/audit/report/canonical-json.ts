/**
 * The JSON Canonicalization Scheme (RFC 8785): one text for one value, so that a signature over the text is one over the value.
 */
import canonicalize from 'canonicalize';
import { required } from '../../../primitives/errors.ts';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** The canonical text. Throws for what RFC 8785 has no text for; `parseJson` and `toJsonValue` give no such value. */
export function canonicalJson(value: Json): string {
  return required(canonicalize(value), 'canonical text of a JSON value');
}

/**
 * The same members in the same order, in lines for a person to read. (ECMAScript puts names that are whole numbers first whatever
 * their order, so a report has none.)
 */
export function readableJson(value: Json): string {
  return `${JSON.stringify(JSON.parse(canonicalJson(value)), null, 2)}\n`;
}

/** A value as JSON has it: what is undefined left out, bigints as decimal text. */
export function toJsonValue(value: unknown): Json {
  return parseJson(
    JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? part.toString() : part)),
  );
}

/** Reads JSON of which there is a canonical text: lone surrogates become U+FFFD and numbers out of range null. Throws a SyntaxError. */
export function parseJson(text: string): Json {
  return JSON.parse(text, (_, part: Json): Json => {
    if (typeof part === 'string') return part.toWellFormed();
    if (typeof part === 'number') return Number.isFinite(part) ? part : null;
    if (typeof part !== 'object' || part === null || isList(part)) return part;
    if (Object.keys(part).every((name) => name.isWellFormed())) return part;
    return Object.fromEntries(Object.entries(part).map(([name, member]) => [name.toWellFormed(), member]));
  }) as Json;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
