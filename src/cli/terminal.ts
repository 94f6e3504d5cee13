/** Makes text safe for a terminal or a log, and keeps its lines and colours. */

// eslint-disable-next-line no-control-regex -- control characters are exactly what is looked for
const colourOrControl = /\u001b\[[\d;]*m|[\p{Cc}\p{Cf}\p{Surrogate}\p{Zl}\p{Zp}]/gu;

/** For whole output: keeps line ends, tabs and colours, and replaces every other control character by a readable escape. */
export function harmless(text: string): string {
  return text.replace(colourOrControl, (found) =>
    found.length > 2 || found === '\n' || found === '\t' ? found : `\\u{${codeOf(found)}}`,
  );
}

// eslint-disable-next-line no-control-regex -- control characters are exactly what is looked for
const notInJson = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Escapes the control characters in JSON text; it parses to the same value. */
export function harmlessJson(json: string): string {
  return json.replace(notInJson, (found) =>
    Array.from(
      { length: found.length },
      (_, unit) => String.raw`\u${found.charCodeAt(unit).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}

/** Formats one JSON document for programs; bigints become strings. */
export function toJson(value: unknown, indent?: number): string {
  const text = JSON.stringify(
    value,
    (_, item: unknown) => (typeof item === 'bigint' ? item.toString() : item),
    indent,
  );
  return harmlessJson(text);
}

function codeOf(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16);
}
