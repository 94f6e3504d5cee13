/**
 * The conversion of column values to and from PostgreSQL: text for COPY and array parameters, JSON for the journal, and the fold's own
 * representation. The SQL type determines the codec, once per column.
 */
import type { PgColumn } from 'drizzle-orm/pg-core';
import { escapeIdentifier } from 'pg';
import { decimalToWei, instantToText, weiDecimals, weiToDecimal } from '../../db/codecs.ts';
import type { CopyText } from '../../db/copy-text.ts';
import { InvariantError } from '../../primitives/errors.ts';
import type { AnyRow } from '../projection/entity.ts';
import type { RowValue } from '../projection/shape.ts';

type Value = NonNullable<RowValue>;

interface Codec {
  /** The value in PostgreSQL's text format. */
  readonly text: (value: Value) => string;
  /** JSON text, equal to the output of `to_jsonb` in a session with the time zone UTC. */
  readonly json: (value: Value) => string;
  /** Writes the text format as a field of a COPY. */
  readonly write: (value: Value, out: CopyText) => void;
  /** Writes the JSON text into a field of a COPY. */
  readonly writeJson: (value: Value, out: CopyText) => void;
  /** The SQL expression that selects the (quoted) column. */
  readonly select: (column: string) => string;
  /** Decodes the client's value of that expression. */
  readonly decode: (value: unknown) => RowValue;
}

export interface StoredColumn {
  readonly property: string;
  readonly name: string;
  /** Its name as a key in a JSON object, with the colon. */
  readonly jsonKey: string;
  readonly sqlType: string;
  /** The text format of a row's value, or null for NULL. */
  readonly text: (row: AnyRow) => string | null;
  /** The JSON text of a value. */
  readonly json: (value: RowValue) => string;
  /** The text format of an array of the rows' values. */
  readonly arrayOf: (rows: readonly AnyRow[]) => string;
  /** Writes a row's value as a field of a COPY. */
  readonly write: (row: AnyRow, out: CopyText) => void;
  /** Writes a value's JSON text into a field of a COPY. */
  readonly writeJson: (value: RowValue, out: CopyText) => void;
  readonly select: string;
  readonly decode: (value: unknown) => RowValue;
}

/** Creates the codec of a column. Throws an InvariantError if its SQL type is not supported. */
export function storedColumn(property: string, column: PgColumn): StoredColumn {
  const sqlType = column.getSQLType();
  const codec = codecOf(sqlType);
  const text = (row: AnyRow): string | null => {
    const value = row[property] ?? null;
    return value === null ? null : codec.text(value);
  };
  const literal = unquotedTypes.has(sqlType.replace(', ', ',')) ? unquotedArrayLiteral : arrayLiteral;
  return {
    property,
    name: column.name,
    jsonKey: `"${column.name}":`,
    sqlType,
    text,
    arrayOf: (rows) => literal(rows.map(text)),
    json: (value) => (value === null ? 'null' : codec.json(value)),
    write: (row, out) => {
      const value = row[property] ?? null;
      if (value === null) out.none();
      else codec.write(value, out);
    },
    writeJson: (value, out) => {
      if (value === null) out.plain('null');
      else codec.writeJson(value, out);
    },
    select: codec.select(escapeIdentifier(column.name)),
    decode: (value) => (value === null ? null : codec.decode(value)),
  };
}

const itself = (column: string): string => column;
function asText(value: Value): string {
  if (typeof value === 'object')
    throw new InvariantError('a list or an object in a column for scalar values');
  return String(value);
}

const asJsonText = (value: Value): string => JSON.stringify(value);

/** The writers for types whose text and JSON formats are equal and need no escaping in a COPY. */
function writtenPlain(text: (value: Value) => string): Pick<Codec, 'text' | 'json' | 'write' | 'writeJson'> {
  const write = (value: Value, out: CopyText): void => {
    if (Number.isSafeInteger(value)) out.integer(value as number);
    else out.plain(text(value));
  };
  return { text, json: text, write, writeJson: write };
}

/** The writers for types whose text and JSON formats may contain any character. */
function writtenEscaped(
  text: (value: Value) => string,
  json: (value: Value) => string,
): Pick<Codec, 'text' | 'json' | 'write' | 'writeJson'> {
  return {
    text,
    json,
    write: (value, out) => out.text(text(value)),
    writeJson: (value, out) => out.text(json(value)),
  };
}

const label: Codec = {
  ...writtenEscaped(asText, asJsonText),
  writeJson: (value, out) => out.jsonString(asText(value)),
  select: itself,
  decode: (value) => value as string,
};

const uuid: Codec = { ...label, write: (value, out) => out.plain(asText(value)) };

const writeWei = (value: Value, out: CopyText): void => out.decimal(value as bigint, weiDecimals);

const instantText = (value: Value): string => instantToText(value as bigint);

/** to_jsonb writes a T between date and time, and the minutes of the time zone. */
const instantJson = (value: Value): string => `"${instantText(value).replace(' ', 'T')}:00"`;

const codecs: Readonly<Record<string, Codec>> = {
  'numeric(78,0)': {
    ...writtenPlain(asText),
    select: itself,
    decode: (value) => BigInt(value as string),
  },
  'numeric(78,18)': {
    ...writtenPlain((value) => weiToDecimal(value as bigint)),
    write: writeWei,
    writeJson: writeWei,
    select: itself,
    decode: (value) => decimalToWei(value as string),
  },
  numeric: { ...writtenPlain(asText), select: itself, decode: (value) => value as string },
  'timestamp with time zone': {
    text: instantText,
    json: instantJson,
    write: (value, out) => out.plain(instantText(value)),
    writeJson: (value, out) => out.plain(instantJson(value)),
    select: (column) => `extract(epoch from ${column})::bigint`,
    decode: (value) => BigInt(value as string),
  },
  bigint: {
    ...writtenPlain(asText),
    select: (column) => `${column}::float8`,
    decode: (value) => value as number,
  },
  integer: { ...writtenPlain(asText), select: itself, decode: (value) => value as number },
  boolean: { ...writtenPlain(asText), select: itself, decode: (value) => value as boolean },
  'text[]': {
    ...writtenEscaped((value) => arrayLiteral(value as readonly string[]), asJsonText),
    select: itself,
    decode: (value) => value as string[],
  },
  jsonb: {
    ...writtenEscaped(asJsonText, asJsonText),
    select: (column) => `${column}::text`,
    decode: (value) => JSON.parse(value as string) as RowValue,
  },
  bytea: {
    ...writtenEscaped(
      (value) => `\\x${hexOfBytes(value)}`,
      (value) => `"\\\\x${hexOfBytes(value)}"`,
    ),
    select: itself,
    decode: (value) => value as Buffer,
  },
  uuid,
  text: label,
};

function codecOf(sqlType: string): Codec {
  const codec = codecs[sqlType.replace(', ', ',')];
  if (codec !== undefined) return codec;
  // The remaining types are enums, whose labels are text.
  if (/^[a-z_]+$/.test(sqlType) && !sqlType.startsWith('timestamp')) return label;
  throw new InvariantError(`columns of type ${sqlType} are not supported`);
}

/** The text format of an array. Every element is quoted, so that no element is read as NULL. */
export function arrayLiteral(elements: readonly (string | null)[]): string {
  return `{${elements.map((element) => (element === null ? 'NULL' : quotedElement(element))).join(',')}}`;
}

/** Types whose values contain no character with a special meaning in arrays. */
const unquotedTypes: ReadonlySet<string> = new Set([
  'uuid',
  'numeric',
  'numeric(78,0)',
  'numeric(78,18)',
  'bigint',
  'integer',
  'boolean',
]);

function unquotedArrayLiteral(elements: readonly (string | null)[]): string {
  return `{${elements.map((element) => element ?? 'NULL').join(',')}}`;
}

const special = /["\\]/;

function quotedElement(text: string): string {
  return special.test(text) ? `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"` : `"${text}"`;
}

function hexOfBytes(value: Value): string {
  const bytes = value as Uint8Array;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
