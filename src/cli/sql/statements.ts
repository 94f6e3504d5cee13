/**
 * Cuts a text into SQL statements at the semicolons that end them, as psql does: not at those in quotes, comments and
 * dollar-quoted bodies (PostgreSQL's lexical structure, section 4.1 of its manual).
 */
export interface SplitText {
  /** Whole statements, without their semicolons; empty ones are left out. */
  readonly statements: readonly string[];
  /** What comes behind the last semicolon. */
  readonly rest: string;
}

export function splitStatements(text: string): SplitText {
  const statements: string[] = [];
  let start = 0;
  let index = 0;
  while (index < text.length) {
    if (text[index] === ';') {
      statements.push(text.slice(start, index).trim());
      start = index + 1;
    }
    index += tokenLength(text, index);
  }
  return { statements: statements.filter((statement) => !isBlank(statement)), rest: text.slice(start) };
}

/** Whether a text holds nothing to send: only space and comments. */
export function isBlank(text: string): boolean {
  let index = 0;
  while (index < text.length) {
    const length = tokenLength(text, index);
    const isComment = text.startsWith('--', index) || text.startsWith('/*', index);
    if (!isComment && text.slice(index, index + length).trim() !== '') return false;
    index += length;
  }
  return true;
}

/** The word that a statement begins with, in lower case; empty where it begins with none. */
export function firstWord(statement: string): string {
  return outerWords(statement)[0] ?? '';
}

/** Whether a statement is a COPY that answers with data instead of rows. */
export function isCopyToStdout(statement: string): boolean {
  const words = outerWords(statement);
  return words[0] === 'copy' && words.some((name, index) => name === 'to' && words[index + 1] === 'stdout');
}

/** The bare words outside of quotes, comments and parentheses, in lower case. */
function outerWords(statement: string): string[] {
  const words: string[] = [];
  let depth = 0;
  let index = 0;
  while (index < statement.length) {
    const length = tokenLength(statement, index);
    const token = statement.slice(index, index + length);
    if (token === '(') depth += 1;
    else if (token === ')') depth -= 1;
    else if (depth === 0 && matchAt(word, statement, index) === token) words.push(token.toLowerCase());
    index += length;
  }
  return words;
}

const dollarTag = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y;
const word = /[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y;

/** The length of the quoted text, comment, word or single character at the index; of an unfinished one, all that is left. */
function tokenLength(text: string, index: number): number {
  const character = text[index];
  if (character === "'") return quotedEnd(text, index, "'", false) - index;
  if (character === '"') return quotedEnd(text, index, '"', false) - index;
  if (text.startsWith('--', index)) return endOf(text, '\n', index) - index;
  if (text.startsWith('/*', index)) return commentEnd(text, index) - index;
  if (character === '$') {
    const tag = matchAt(dollarTag, text, index);
    return tag === undefined ? 1 : endOf(text, tag, index + tag.length) - index;
  }
  const name = matchAt(word, text, index);
  if (name === undefined) return 1;
  // A word swallows the dollar signs in it, and E before a quote makes backslashes escape.
  const isEscapeString = /^e$/i.test(name) && text[index + 1] === "'";
  return isEscapeString ? quotedEnd(text, index + 1, "'", true) - index : name.length;
}

function quotedEnd(text: string, start: number, quote: string, hasEscapes: boolean): number {
  for (let index = start + 1; index < text.length; index++) {
    if (hasEscapes && text[index] === '\\') index++;
    // A doubled quote stands for itself: its second half opens what looks like another quoted text, to the same effect.
    else if (text[index] === quote) return index + 1;
  }
  return text.length;
}

function commentEnd(text: string, start: number): number {
  let depth = 0;
  let index = start;
  while (index < text.length) {
    if (text.startsWith('/*', index)) {
      depth += 1;
      index += 2;
    } else if (text.startsWith('*/', index)) {
      depth -= 1;
      index += 2;
      if (depth === 0) return index;
    } else index += 1;
  }
  return text.length;
}

/** Behind the next occurrence, or the text's end. */
function endOf(text: string, what: string, from: number): number {
  const found = text.indexOf(what, from);
  return found === -1 ? text.length : found + what.length;
}

function matchAt(pattern: RegExp, text: string, index: number): string | undefined {
  pattern.lastIndex = index;
  return pattern.exec(text)?.[0];
}
