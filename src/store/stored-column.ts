/**
 * How a column's value goes into PostgreSQL and comes back: as text for COPY and array parameters, as JSON for the
 * journal, and as the value that the fold holds. Chosen once a column, by its SQL type.
 */
import type { PgColumn } from 'drizzle-orm/pg-core';
import { escapeIdentifier } from 'pg';
import { decimalToWei, instantToText, weiToDecimal } from '../db/codecs.ts';
import { InvariantError } from '../primitives/errors.ts';
import type { AnyRow } from '../projections/fold/rows.ts';
import type { RowValue } from '../projections/fold/shape.ts';

type Value = NonNullable<RowValue>;

interface Codec {
  /** PostgreSQL's text form. */
  readonly text: (value: Value) => string;
  /** JSON text, the same as `to_jsonb` gives in a session whose time zone is UTC. */
  readonly json: (value: Value) => string;
  /** The SQL that is selected for the (quoted) column. */
  readonly select: (column: string) => string;
  /** From what the client makes of that. */
  readonly decode: (value: unknown) => RowValue;
}

export interface StoredColumn {
  readonly property: string;
  readonly name: string;
  readonly sqlType: string;
  /** Whether its text form never has a character that COPY would have escaped. */
  readonly isPlain: boolean;
  /** The text form of a row's value; null for NULL. */
  readonly text: (row: AnyRow) => string | null;
  /** The JSON text of a value. */
  readonly json: (value: RowValue) => string;
  readonly select: string;
  readonly decode: (value: unknown) => RowValue;
}

export function storedColumn(property: string, column: PgColumn): StoredColumn {
  const sqlType = column.getSQLType();
  const codec = codecOf(sqlType);
  return {
    property,
    name: column.name,
    sqlType,
    isPlain: plainTypes.has(sqlType.replace(', ', ',')),
    text: (row) => {
      const value = row[property] ?? null;
      return value === null ? null : codec.text(value);
    },
    json: (value) => (value === null ? 'null' : codec.json(value)),
    select: codec.select(escapeIdentifier(column.name)),
    decode: (value) => (value === null ? null : codec.decode(value)),
  };
}

const plainTypes: ReadonlySet<string> = new Set([
  'uuid',
  'numeric',
  'numeric(78,0)',
  'numeric(78,18)',
  'timestamp with time zone',
  'bigint',
  'integer',
  'boolean',
]);

const itself = (column: string): string => column;
function asText(value: Value): string {
  if (typeof value === 'object') throw new InvariantError('a list or a document in a column of one value');
  return String(value);
}

const asJsonText = (value: Value): string => JSON.stringify(value);

const label: Codec = {
  text: asText,
  json: asJsonText,
  select: itself,
  decode: (value) => value as string,
};

const codecs: Readonly<Record<string, Codec>> = {
  'numeric(78,0)': {
    text: asText,
    json: asText,
    select: itself,
    decode: (value) => BigInt(value as string),
  },
  'numeric(78,18)': {
    text: (value) => weiToDecimal(value as bigint),
    json: (value) => weiToDecimal(value as bigint),
    select: itself,
    decode: (value) => decimalToWei(value as string),
  },
  numeric: { text: asText, json: asText, select: itself, decode: (value) => value as string },
  'timestamp with time zone': {
    text: (value) => instantToText(value as bigint),
    // to_jsonb puts a T between date and time, and writes the zone's minutes.
    json: (value) => `"${instantToText(value as bigint).replace(' ', 'T')}:00"`,
    select: (column) => `extract(epoch from ${column})::bigint`,
    decode: (value) => BigInt(value as string),
  },
  bigint: {
    text: asText,
    json: asText,
    select: (column) => `${column}::float8`,
    decode: (value) => value as number,
  },
  integer: { text: asText, json: asText, select: itself, decode: (value) => value as number },
  boolean: { text: asText, json: asText, select: itself, decode: (value) => value as boolean },
  'text[]': {
    text: (value) => arrayLiteral(value as readonly string[]),
    json: asJsonText,
    select: itself,
    decode: (value) => value as string[],
  },
  jsonb: {
    text: asJsonText,
    json: asJsonText,
    select: (column) => `${column}::text`,
    decode: (value) => JSON.parse(value as string) as RowValue,
  },
  bytea: {
    text: (value) => `\\x${hexOfBytes(value)}`,
    json: (value) => `"\\\\x${hexOfBytes(value)}"`,
    select: itself,
    decode: (value) => value as Buffer,
  },
  uuid: label,
  text: label,
};

function codecOf(sqlType: string): Codec {
  const codec = codecs[sqlType.replace(', ', ',')];
  if (codec !== undefined) return codec;
  // What is left are the enums of ours, whose labels are text.
  if (/^[a-z_]+$/.test(sqlType) && !sqlType.startsWith('timestamp')) return label;
  throw new InvariantError(`no way is known to store a column of type ${sqlType}`);
}

/** An array's text form. Every element is quoted, so that none is taken for NULL. */
export function arrayLiteral(elements: readonly (string | null)[]): string {
  return `{${elements.map((element) => (element === null ? 'NULL' : quotedElement(element))).join(',')}}`;
}

const special = /["\\]/;

function quotedElement(text: string): string {
  return special.test(text) ? `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"` : `"${text}"`;
}

function hexOfBytes(value: Value): string {
  const bytes = value as Uint8Array;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
