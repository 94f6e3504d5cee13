import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isBlank, splitStatements } from '../../src/cli/sql/statements.ts';

describe('a semicolon ends a statement', () => {
  test.each([
    ['one', 'select 1;', ['select 1'], ''],
    ['two, and a beginning', 'select 1; select 2; select', ['select 1', 'select 2'], ' select'],
    ['none of nothing', ';;  ; -- nothing\n;', [], ''],
    ['not in a text', `select 'a;''b;'; x`, [`select 'a;''b;'`], ' x'],
    ['not behind an escaped quote', String.raw`select E'\';'; x`, [String.raw`select E'\';'`], ' x'],
    [
      'a backslash escapes nothing in a plain text',
      String.raw`select '\'; x`,
      [String.raw`select '\'`],
      ' x',
    ],
    ['not in a name', 'select 1 as "a;b"; x', ['select 1 as "a;b"'], ' x'],
    ['not in a line’s comment', 'select 1 -- ;\n+ 1; x', ['select 1 -- ;\n+ 1'], ' x'],
    ['not in comments in comments', 'select /* ; /* ; */ ; */ 1; x', ['select /* ; /* ; */ ; */ 1'], ' x'],
    ['not in a dollar-quoted body', 'do $a$ ; $$ ; $a$; x', ['do $a$ ; $$ ; $a$'], ' x'],
    [
      'a dollar in a name quotes nothing',
      'select a$b$; select c$b$; x',
      ['select a$b$', 'select c$b$'],
      ' x',
    ],
    ['a parameter quotes nothing', 'select $1; x', ['select $1'], ' x'],
    ['an open text goes on', `select 'a;`, [], `select 'a;`],
  ])('%s', (_, text, statements, rest) => {
    expect(splitStatements(text)).toEqual({ statements, rest });
  });
});

test('joined with semicolons, statements come apart again', () => {
  const statement = fc
    .array(fc.constantFrom('select', ' ', "';'", '";"', '/*;*/', '$$;$$', '1', '--;\n', "E'\\';'"), {
      minLength: 1,
    })
    .map((parts) => `x ${parts.join(' ')} y`);
  fc.assert(
    fc.property(fc.array(statement), (statements) => {
      expect(splitStatements(statements.map((each) => `${each};`).join('\n')).statements).toEqual(statements);
    }),
  );
});

test('any text is taken in whole', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const { rest, statements } = splitStatements(text);
      expect(text.endsWith(rest)).toBe(true);
      for (const statement of statements) expect(text).toContain(statement);
    }),
  );
});

test.each([
  ['', true],
  [' \n\t', true],
  ['-- select 1', true],
  ['/* select */ ', true],
  ['/* a */ b', false],
  ["''", false],
])('%j is blank: %s', (text, blank) => {
  expect(isBlank(text)).toBe(blank);
});
