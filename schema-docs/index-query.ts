/** The query that an index is for, read off its definition: what it can find, and in which order. */
export function queryOfIndex(table: string, definition: string): string {
  const match = /USING (\w+) \((.*?)\)(?: INCLUDE \((.*?)\))?(?: NULLS NOT DISTINCT)?(?: WHERE (.*))?$/.exec(
    definition,
  );
  const [, method = 'btree', keyText = '', , predicate] = match ?? [];
  const keys = splitKeys(keyText);
  const name = table.replace(/^public\./, '');
  const conditions: string[] = [];
  let order = '';
  if (method === 'gin') conditions.push(...keys.map(ginCondition));
  else {
    const equalities = keys.filter(({ direction }) => direction === '');
    conditions.push(...equalities.map(({ expression }, index) => `${expression} = $${index + 1}`));
    const sorted = keys.filter(({ direction }) => direction !== '');
    if (sorted.length > 0)
      order = ` ORDER BY ${sorted.map(({ expression, direction }) => `${expression} ${direction}`).join(', ')}`;
  }
  if (predicate !== undefined) conditions.push(withoutParentheses(predicate));
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  return `SELECT * FROM ${name}${where}${order}`;
}

interface Key {
  readonly expression: string;
  readonly direction: '' | 'DESC';
  readonly operators: string;
}

function splitKeys(text: string): Key[] {
  const parts: string[] = [];
  let depth = 0;
  let current = '';
  for (const character of text) {
    if (character === '(') depth += 1;
    if (character === ')') depth -= 1;
    if (character === ',' && depth === 0) {
      parts.push(current);
      current = '';
    } else current += character;
  }
  parts.push(current);
  return parts.map((part) => {
    const [, expression = '', operators = '', descending] =
      /^(.*?)(?: (\w+_ops))?( DESC)?(?: NULLS (?:FIRST|LAST))?$/.exec(part.trim()) ?? [];
    return { expression, operators, direction: descending === undefined ? '' : 'DESC' };
  });
}

function ginCondition({ expression }: Key, index: number): string {
  return expression.includes('to_tsvector')
    ? `${expression} @@ plainto_tsquery('simple', $${index + 1})`
    : `${expression} @> $${index + 1}`;
}

function withoutParentheses(text: string): string {
  return text.startsWith('(') && text.endsWith(')') ? text.slice(1, -1) : text;
}
