/**
 * How a column's value goes into PostgreSQL and comes back: as text for COPY and array parameters, as JSON for the
 * journal, and as the value that the fold holds. Chosen once a column, by its SQL type.
 */
import type { PgColumn } from 'drizzle-orm/pg-core';
import { escapeIdentifier } from 'pg';
import { decimalToWei, instantToText, weiDecimals, weiToDecimal } from '../../db/codecs.ts';
import type { CopyText } from '../../db/copy-text.ts';
import { InvariantError } from '../../primitives/errors.ts';
import type { AnyRow } from '../projection/rows.ts';
import type { RowValue } from '../projection/shape.ts';

type Value = NonNullable<RowValue>;

interface Codec {
  /** PostgreSQL's text form. */
  readonly text: (value: Value) => string;
  /** JSON text, the same as `to_jsonb` gives in a session whose time zone is UTC. */
  readonly json: (value: Value) => string;
  /** Writes the text form as a field of a COPY. */
  readonly write: (value: Value, out: CopyText) => void;
  /** Writes the JSON text into a field of a COPY. */
  readonly writeJson: (value: Value, out: CopyText) => void;
  /** The SQL that is selected for the (quoted) column. */
  readonly select: (column: string) => string;
  /** From what the client makes of that. */
  readonly decode: (value: unknown) => RowValue;
}

export interface StoredColumn {
  readonly property: string;
  readonly name: string;
  /** Its name as a key in a JSON object, with the colon. */
  readonly jsonKey: string;
  readonly sqlType: string;
  /** The text form of a row's value; null for NULL. */
  readonly text: (row: AnyRow) => string | null;
  /** The JSON text of a value. */
  readonly json: (value: RowValue) => string;
  /** The text form of an array of the rows' values. */
  readonly arrayOf: (rows: readonly AnyRow[]) => string;
  /** Writes a row's value as a field of a COPY. */
  readonly write: (row: AnyRow, out: CopyText) => void;
  /** Writes a value's JSON text into a field of a COPY. */
  readonly writeJson: (value: RowValue, out: CopyText) => void;
  readonly select: string;
  readonly decode: (value: unknown) => RowValue;
}

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
  if (typeof value === 'object') throw new InvariantError('a list or a document in a column of one value');
  return String(value);
}

const asJsonText = (value: Value): string => JSON.stringify(value);

/** How values are written whose text and JSON forms are the same and have nothing that COPY would escape. */
function writtenPlain(text: (value: Value) => string): Pick<Codec, 'text' | 'json' | 'write' | 'writeJson'> {
  const write = (value: Value, out: CopyText): void => {
    if (Number.isSafeInteger(value)) out.integer(value as number);
    else out.plain(text(value));
  };
  return { text, json: text, write, writeJson: write };
}

/** How values are written whose text and JSON forms may hold anything. */
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

/** to_jsonb puts a T between date and time, and writes the zone's minutes. */
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
  // What is left are the enums of ours, whose labels are text.
  if (/^[a-z_]+$/.test(sqlType) && !sqlType.startsWith('timestamp')) return label;
  throw new InvariantError(`no way is known to store a column of type ${sqlType}`);
}

/** An array's text form. Every element is quoted, so that none is taken for NULL. */
export function arrayLiteral(elements: readonly (string | null)[]): string {
  return `{${elements.map((element) => (element === null ? 'NULL' : quotedElement(element))).join(',')}}`;
}

/** Types of which no value has a character that means something in an array. */
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
