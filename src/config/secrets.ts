/** Masks passwords and providers' keys in all output. */
import { maskUrl, redactUrl } from '../engine/rpc/redact.ts';
import { printable } from '../primitives/text.ts';
import type { KeyDescription } from './keys.ts';

const mask = '***';
const longestShownValue = 200;

/** Masks the password of a database URL; user, host, port and database remain, so that a person recognizes it. */
export function maskDatabaseUrl(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null || !/^postgres(?:ql)?:$/.test(parsed.protocol) || hasMisplacedAt(url)) return mask;
  if (parsed.password !== '') parsed.password = mask;
  for (const name of parsed.searchParams.keys()) {
    if (/password|passfile|key/i.test(name)) parsed.searchParams.set(name, mask);
  }
  return parsed.href.replaceAll('%2A', '*');
}

/**
 * Whether an @ follows the host. Then the password was not encoded, and an @ and a delimiter in it made its end look like a
 * host, so no part of the URL may be shown.
 */
export function hasMisplacedAt(url: string): boolean {
  const parsed = URL.parse(url);
  if (parsed === null) return false;
  const [searchBeforeValues = ''] = parsed.search.split('=');
  return `${parsed.pathname}${searchBeforeValues}${parsed.hash}`.includes('@');
}

/** Formats a value for output: secrets masked, length limited, control characters escaped. */
export function shownValue(value: unknown, secret: KeyDescription['secret']): string {
  if (value === undefined) return 'nothing';
  const shown = JSON.stringify(maskValue(value, secret)) ?? typeof value;
  return printable(shown, longestShownValue);
}

/** Returns the value with possible secrets masked. */
export function maskValue(value: unknown, secret: KeyDescription['secret']): unknown {
  if (secret === undefined) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => maskValue(item, secret));
  if (typeof value !== 'string') return value;
  return secret === 'database-url' ? maskDatabaseUrl(value) : maskUrl(value);
}

export interface SecretUrls {
  readonly databaseUrls?: readonly string[];
  readonly nodeUrls?: readonly string[];
}

/** Returns a function that masks the secrets of these URLs in a text. */
export function createRedactor({ databaseUrls = [], nodeUrls = [] }: SecretUrls): (text: string) => string {
  const passwords = databaseUrls.flatMap(passwordsOf);
  return (text) => {
    let redacted = text;
    for (const password of passwords) redacted = redacted.replaceAll(password, mask);
    for (const url of nodeUrls) redacted = redactUrl(redacted, url);
    return redacted;
  };
}

/**
 * The same for a line of JSON: masks only the contents of strings, so that the line stays valid JSON whatever the password
 * (`true`, `1234`), and also finds passwords that JSON writes with escapes.
 */
export function redactJson(line: string, redact: (text: string) => string): string {
  return line.replace(jsonString, (found) => {
    const text: unknown = found.endsWith(':') ? undefined : JSON.parse(found);
    if (typeof text !== 'string') return found;
    const redacted = redact(text);
    return redacted === text ? found : JSON.stringify(redacted);
  });
}

/** A string literal, with the following colon if it is the name of a field. */
const jsonString = /"(?:[^"\\]|\\.)*":?/gu;

/** Shorter passwords can't be distinguished from ordinary words; they stay out of messages because the URL is never quoted. */
const shortestRedacted = 4;

function passwordsOf(url: string): string[] {
  const parsed = URL.parse(url);
  if (parsed === null) return [];
  const written = [parsed.password, parsed.searchParams.get('password') ?? ''];
  const both = written.flatMap((password) => [password, decoded(password)]);
  return [...new Set(both)].filter((password) => password.length >= shortestRedacted);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return text; // a stray percent sign
  }
}
