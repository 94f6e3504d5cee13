/** Keeps the secrets of node URLs out of messages: providers put keys into the user part, the path and the query. */

const mask = '***';

/** A URL fit for a log: scheme, host and port, with everything that may be a key masked. */
export function maskUrl(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null) return mask;
  const credentials = parsed.username === '' && parsed.password === '' ? '' : `${mask}@`;
  const path = parsed.pathname === '/' || parsed.pathname === '' ? '' : `/${mask}`;
  const query = parsed.search === '' ? '' : `?${mask}`;
  return `${parsed.protocol}//${credentials}${parsed.host}${path}${query}`;
}

/** Replaces the URL, and every part of it that may be a key, wherever a text quotes them. */
export function redactUrl(text: string, url: string): string {
  let redacted = text.replaceAll(url, maskUrl(url));
  for (const secret of secretsOf(url)) redacted = redacted.replaceAll(secret, mask);
  return redacted;
}

const anyUrl = /\b(?:https?|wss?):\/\/[^\s"'<>\\]+/gi;

/** `redactUrl`, and every other URL in the text masked: a gateway quotes those of the nodes behind it, and they have keys as well. */
export function redactUrls(text: string, url: string): string {
  return redactUrl(text, url).replaceAll(anyUrl, (found) => (found.includes(mask) ? found : maskUrl(found)));
}

/** Shorter path segments are words such as `v2` or `rpc`; masking those would garble messages and protect nothing. */
const shortestSecret = 8;
/** Likewise a user called `u`: replaced wherever it stands, it would take a letter out of every word. */
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
    return part; // a stray percent sign
  }
}
