import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { weiDecimals, weiToDecimal } from '../../src/db/codecs.ts';
import { CopyText } from '../../src/db/copy-text.ts';

function written(write: (out: CopyText) => void): string {
  const out = new CopyText();
  write(out);
  return out.take().toString('utf8');
}

/** The value that PostgreSQL reads from a field. */
function unescaped(field: string): string {
  const characters: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r' };
  return field.replaceAll(/\\(.)/gs, (_, escaped: string) => characters[escaped] ?? escaped);
}

describe('fields of a COPY', () => {
  it('integers have JavaScript’s format', () => {
    for (const value of [0, 9, 10, 99, 100, -1, -10, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER])
      expect(written((out) => out.integer(value))).toBe(String(value));
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        expect(written((out) => out.integer(value))).toBe(String(value));
      }),
    );
  });

  it('decimals are exact', () => {
    const amounts = fc.oneof(
      fc.constantFrom(0n, 1n, -1n, 10n ** 18n, -(10n ** 18n)),
      fc.bigInt({ min: -(2n ** 256n), max: 2n ** 256n }),
    );
    fc.assert(
      fc.property(amounts, (amountWei) => {
        expect(written((out) => out.decimal(amountWei, weiDecimals))).toBe(weiToDecimal(amountWei));
      }),
    );
  });

  it('every text and every JSON string is read back unchanged', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (text) => {
        expect(unescaped(written((out) => out.text(text)))).toBe(text);
        expect(JSON.parse(unescaped(written((out) => out.jsonString(text))))).toBe(text);
      }),
    );
    for (const text of ['tab\t', 'line\n', '\r', 'back\\slash', '"quoted"', '\u007f', 'é'])
      expect(JSON.parse(unescaped(written((out) => out.jsonString(text))))).toBe(text);
  });

  it('texts may be longer than the buffer, before and after other fields', () => {
    const long = 'é\t'.repeat(200_000);
    const row = written((out) => {
      out.integer(7);
      out.endField();
      out.text(long);
      out.endField();
      out.bytes('0x0aff');
      out.endField();
      out.none();
      out.endField();
      out.endRow();
    });
    expect(row).toBe(`7\t${'é\\t'.repeat(200_000)}\t\\\\x0aff\t\\N\n`);
  });
});
