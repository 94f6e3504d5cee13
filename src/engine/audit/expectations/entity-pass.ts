/** Reads entities from contracts and compares the answers with the rows. */
import type { ChainTableName } from '../../tables.ts';
import type { Hash } from '../../../primitives/hex.ts';
import type { Uuid } from '../../../primitives/ids.ts';
import type { AnyRow } from '../../projection/entity.ts';
import type { Contradiction } from '../findings/classify-chain.ts';
import type { Expectation, ExpectedValue, Reference } from './entity-kind.ts';
import type { RowDifference } from '../rows/compare-rows.ts';
import type { Entity } from './known-entities.ts';
import { fits } from './row-values.ts';
import type { StateReader } from './state-reads.ts';
import { type EntityAnswer, readEntity } from './watched-read.ts';

export interface EntityPass {
  readonly entities: number;
  readonly fields: number;
  readonly contradictions: readonly Contradiction[];
  /** Entities for which the node does not have the state. */
  readonly unavailable: readonly Entity[];
  /** Entities for which the contract did not give an answer that it owes. */
  readonly unconfirmed: readonly Unconfirmed[];
}

export interface Unconfirmed {
  readonly entity: Entity;
  /** See `Watched.unanswered`. */
  readonly unanswered: readonly string[];
}

export interface PassOptions {
  readonly reader: StateReader;
  readonly blockHash: Hash;
  readonly reference: Reference;
  /** The tables to compare. */
  readonly tables: ReadonlySet<ChainTableName>;
  /** The answers that the contract owed but did not give when its list of such entities was read. */
  readonly unlisted?: (entity: Entity) => readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/** The number of entities whose expectations are in memory at once. */
const entitiesAtOnce = 6_000;

/** Reads all entities and returns the contradictions with the rows, and the entities that could not be confirmed. */
export async function readEntities(entities: readonly Entity[], options: PassOptions): Promise<EntityPass> {
  const { reader, blockHash, reference } = options;
  const contradictions: Contradiction[] = [];
  const unavailable: Entity[] = [];
  const unconfirmed: Unconfirmed[] = [];
  let fields = 0;
  for (let start = 0; start < entities.length; start += entitiesAtOnce) {
    options.signal?.throwIfAborted();
    const some = entities.slice(start, start + entitiesAtOnce);
    const plans = some.map((entity) => () => readEntity(entity, reference));
    const answers = await reader.answer(blockHash, plans);
    for (const [index, answer] of answers.entries()) {
      const entity = some[index];
      if (entity === undefined) continue;
      if (answer.isUnavailable) unavailable.push(entity);
      const { unanswered, isSilent } = classifyMissingAnswers(answer, options.unlisted?.(entity) ?? []);
      if (unanswered.length > 0) unconfirmed.push({ entity, unanswered });
      if (isSilent) continue;
      for (const expectation of answer.expectations) {
        if (!options.tables.has(expectation.table)) continue;
        fields += Object.keys(expectation.values).length;
        contradictions.push(...contradictionsOf(entity, expectation, reference));
      }
    }
  }
  return { entities: entities.length, fields, contradictions, unavailable, unconfirmed };
}

/**
 * A revert can mean that the entity does not exist. If the contract does not even answer how many there are, a revert means nothing, and
 * the rows are neither confirmed nor contradicted.
 */
function classifyMissingAnswers(
  { results, unanswered }: EntityAnswer,
  unlisted: readonly string[],
): { readonly unanswered: readonly string[]; readonly isSilent: boolean } {
  const isSilent = unlisted.length > 0 && [...results.values()].some(({ status }) => status === 'reverted');
  return { unanswered: isSilent ? [...new Set([...unlisted, ...unanswered])] : unanswered, isSilent };
}

/** The contracts' combined expectation of one row. */
export interface RowExpectation {
  /** Whether the row must exist. Null if the contracts do not determine it. */
  readonly exists: boolean | null;
  /** By property name. */
  readonly values: ReadonlyMap<string, ExpectedValue>;
}

export type ExpectationsByRow = ReadonlyMap<Uuid, RowExpectation>;

/** Reads the contracts' values for rows that the tables have wrong, so that findings can show them. */
export async function readExpectations(
  differences: readonly RowDifference[],
  entities: readonly Entity[],
  { reader, blockHash, reference, unlisted, signal }: PassOptions,
): Promise<ExpectationsByRow> {
  const expectations = new Map<Uuid, RowExpectation>();
  const tables = new Set(differences.map(({ table }) => table));
  const wanted = new Set(differences.map(({ id }) => id));
  const concerned = entities.filter(({ area, entityKind }) =>
    [...tables].some((table) => Object.hasOwn(area.tables, table) || entityKind.rows[table] !== undefined),
  );
  for (let start = 0; start < concerned.length; start += entitiesAtOnce) {
    signal?.throwIfAborted();
    const some = concerned.slice(start, start + entitiesAtOnce);
    const plans = some.map((entity) => () => readEntity(entity, reference));
    for (const [index, answer] of (await reader.answer(blockHash, plans)).entries()) {
      const entity = some[index];
      if (entity === undefined || classifyMissingAnswers(answer, unlisted?.(entity) ?? []).isSilent) continue;
      for (const expectation of answer.expectations) noteExpectation(expectations, expectation, wanted);
    }
  }
  return expectations;
}

function noteExpectation(
  expectations: Map<Uuid, RowExpectation>,
  { rowId, values, exists }: Expectation,
  reported: ReadonlySet<Uuid>,
): void {
  if (rowId === null || !reported.has(rowId)) return;
  const known = expectations.get(rowId);
  expectations.set(rowId, {
    exists: known?.exists ?? exists,
    values: new Map([...(known?.values ?? []), ...Object.entries(values)]),
  });
}

/** The differences between an expectation and the rows: whether the row exists, and otherwise each differing value. */
export function contradictionsOf(
  entity: Entity,
  expectation: Expectation,
  reference: Reference,
): Contradiction[] {
  if (expectation.pipelined !== undefined) return differing(entity, expectation, expectation.pipelined, null);
  const row = expectation.rowId === null ? undefined : reference.row(expectation.table, expectation.rowId);
  const madeIn = row === undefined ? null : (row['blockNumber'] as number);
  const isThere = row !== undefined;
  if (expectation.exists !== null && expectation.exists !== isThere)
    return [{ entity, expectation, property: null, ledgerValue: null, madeIn }];
  return row === undefined ? [] : differing(entity, expectation, row, madeIn);
}

function differing(
  entity: Entity,
  expectation: Expectation,
  row: AnyRow,
  madeIn: number | null,
): Contradiction[] {
  return Object.entries(expectation.values).flatMap(([property, value]): Contradiction[] => {
    const ledgerValue = row[property] ?? null;
    return fits(value, ledgerValue) ? [] : [{ entity, expectation, property, ledgerValue, madeIn }];
  });
}
