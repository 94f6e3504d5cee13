/** Text that goes to a terminal or a log, made harmless without taking its lines and colours away. */

// eslint-disable-next-line no-control-regex -- control characters are exactly what is looked for
const colourOrControl = /\u001b\[[\d;]*m|[\p{Cc}\p{Cf}\p{Surrogate}\p{Zl}\p{Zp}]/gu;

/** Whole output: line ends, tabs and colours stay, every other control becomes an escape that can be read. */
export function harmless(text: string): string {
  return text.replace(colourOrControl, (found) =>
    found.length > 2 || found === '\n' || found === '\t' ? found : `\\u{${codeOf(found)}}`,
  );
}

// eslint-disable-next-line no-control-regex -- control characters are exactly what is looked for
const notInJson = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu;

/** JSON text with what could act on a terminal as escapes: it parses to the same value. */
export function harmlessJson(json: string): string {
  return json.replace(notInJson, (found) =>
    Array.from(
      { length: found.length },
      (_, unit) => String.raw`\u${found.charCodeAt(unit).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}

/** One JSON document for a program to read; bigints become strings. */
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
