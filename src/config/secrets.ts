/** Keeps passwords and providers' keys out of everything that is shown. */
import { maskUrl, redactUrl } from '../engine/rpc/redact.ts';
import { printable } from '../primitives/text.ts';
import type { KeyDescription } from './keys.ts';

const mask = '***';
const longestShownValue = 200;

/** A database URL with its password masked; user, host, port and database stay, as a person needs them to recognise it. */
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
 * Whether an @ comes behind the host: then the password wasn't encoded, an @ and a delimiter in it made its end look like a
 * host, and nothing of the URL may be shown.
 */
export function hasMisplacedAt(url: string): boolean {
  const parsed = URL.parse(url);
  if (parsed === null) return false;
  const [searchBeforeValues = ''] = parsed.search.split('=');
  return `${parsed.pathname}${searchBeforeValues}${parsed.hash}`.includes('@');
}

/** A value as it may be shown: masked where it is secret, bounded, and harmless on a terminal. */
export function shownValue(value: unknown, secret: KeyDescription['secret']): string {
  if (value === undefined) return 'nothing';
  const shown = JSON.stringify(maskValue(value, secret)) ?? typeof value;
  return printable(shown, longestShownValue);
}

/** The value with what may be secret in it masked. */
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

/** A function that masks, wherever a text quotes them, the secrets of these URLs. */
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
 * The same for a line of JSON: only what its strings say is masked, so that it stays JSON whatever a password looks like
 * (`true`, `1234`), and one that JSON writes with escapes is found.
 */
export function redactJson(line: string, redact: (text: string) => string): string {
  return line.replace(jsonString, (found) => {
    const text: unknown = found.endsWith(':') ? undefined : JSON.parse(found);
    if (typeof text !== 'string') return found;
    const redacted = redact(text);
    return redacted === text ? found : JSON.stringify(redacted);
  });
}

/** A whole string literal, with the colon behind it where it is the name of a field. */
const jsonString = /"(?:[^"\\]|\\.)*":?/gu;

/** A shorter password can't be told from ordinary words; those are kept out of messages by never quoting the URL. */
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
