/** The JSON Canonicalization Scheme (RFC 8785): one text per value, so that a signature of the text is a signature of the value. */
import canonicalize from 'canonicalize';
import { required } from '../../../primitives/errors.ts';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** The canonical text. Throws if RFC 8785 defines none; values of `parseJson` and `toJsonValue` always have one. */
export function canonicalJson(value: Json): string {
  return required(canonicalize(value), 'canonical text of a JSON value');
}

/**
 * The same members in the same order, on lines of their own for people. (ECMAScript puts integer names first in any order, so a report has
 * none.)
 */
export function readableJson(value: Json): string {
  return `${JSON.stringify(JSON.parse(canonicalJson(value)), null, 2)}\n`;
}

/** Converts a value to JSON: undefined members are omitted, and bigints become decimal text. */
export function toJsonValue(value: unknown): Json {
  return parseJson(
    JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? part.toString() : part)),
  );
}

/**
 * Parses JSON to a value with a canonical text: lone surrogates become U+FFFD, and numbers out of range become null. Throws a SyntaxError.
 */
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
