/** Removes the secrets of node URLs from messages. Providers put keys into the user part, the path and the query. */

const mask = '***';

/** The URL for logs: scheme, host and port. All parts that may contain a key are masked. */
export function maskUrl(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null) return mask;
  const credentials = parsed.username === '' && parsed.password === '' ? '' : `${mask}@`;
  const path = parsed.pathname === '/' || parsed.pathname === '' ? '' : `/${mask}`;
  const query = parsed.search === '' ? '' : `?${mask}`;
  return `${parsed.protocol}//${credentials}${parsed.host}${path}${query}`;
}

/** Masks the URL, and every part of it that may be a key, in the text. */
export function redactUrl(text: string, url: string): string {
  let redacted = text.replaceAll(url, maskUrl(url));
  for (const secret of secretsOf(url)) redacted = redacted.replaceAll(secret, mask);
  return redacted;
}

const anyUrl = /\b(?:https?|wss?):\/\/[^\s"'<>\\]+/gi;

/** Like `redactUrl`, and masks all other URLs in the text as well: a gateway quotes the URLs of the nodes behind it, which contain keys. */
export function redactUrls(text: string, url: string): string {
  return redactUrl(text, url).replaceAll(anyUrl, (found) => (found.includes(mask) ? found : maskUrl(found)));
}

/** Shorter path segments are words such as `v2` or `rpc`. Masking them would garble messages and protect nothing. */
const shortestSecret = 8;
/** Masking a user name such as `u` would remove that letter from every word. */
const shortestCredential = 4;

function secretsOf(url: string): string[] {
  const parsed = URL.parse(url);
  if (parsed === null) return [];
  const inPathAndQuery = [...parsed.pathname.split('/'), ...parsed.searchParams.values()];
  const secrets = inPathAndQuery.filter((part) => part.length >= shortestSecret);
  for (const part of [parsed.username, parsed.password]) {
    secrets.push(...[part, decoded(part)].filter(({ length }) => length >= shortestCredential));
  }
  return secrets.sort((a, b) => b.length - a.length);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return part; // a percent sign that begins no escape
  }
}
