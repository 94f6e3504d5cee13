/**
 * Findings for entities that no contract confirmed, because the node does not have the state of the block, or because the contract did not
 * give a decodable answer that it owes. There is one finding per entity kind of a contract, because one per entity could be a hundred
 * thousand.
 */
import type { IndexedContract } from '../../contract/kind.ts';
import { required } from '../../../primitives/errors.ts';
import type { Address } from '../../../primitives/hex.ts';
import { type AreaAudit, tablesOf } from '../expectations/area-audit.ts';
import type { EntityKey, EntityKind } from '../expectations/entity-kind.ts';
import type { EntityPass } from '../expectations/entity-pass.ts';
import type { CheckedInvariant } from '../expectations/invariants.ts';
import type { Entity } from '../expectations/known-entities.ts';
import type { Finding, FindingClass } from './result.ts';
import { tableNameOf } from '../expectations/row-values.ts';
import type { Watched } from '../expectations/watched-read.ts';

/** A contract's own list of its entities of a kind. */
export interface Listed extends Omit<Watched<readonly EntityKey[] | null>, 'results'> {
  readonly area: AreaAudit;
  readonly entityKind: EntityKind;
  readonly contract: IndexedContract;
}

/** The answers that the contract owed but did not give when the list that would contain this entity was read. */
export function unansweredList(
  listed: readonly Listed[],
  { entityKind, contract }: Entity,
): readonly string[] {
  return listed.find((one) => one.entityKind === entityKind && one.contract === contract)?.unanswered ?? [];
}

export interface UnconfirmedInput {
  readonly pass: EntityPass;
  readonly listed: readonly Listed[];
  readonly invariants: readonly CheckedInvariant[];
  /** The audited block. */
  readonly block: number;
}

/** Returns all findings about unconfirmed entities, lists and invariants. */
export function findUnconfirmed(input: UnconfirmedInput): Finding[] {
  return [...unavailableFindings(input), ...unansweredFindings(input), ...uncheckedFindings(input)];
}

/** One per contract, because the node lacks all of its state. */
function unavailableFindings({ pass, listed, invariants, block }: UnconfirmedInput): Finding[] {
  const contracts = new Map<Address, { count: number; place: Place }>();
  const note = (contract: Address, place: Place): { count: number } => {
    const known = contracts.get(contract) ?? { count: 0, place };
    contracts.set(contract, known);
    return known;
  };
  for (const { contract, area, entityKind } of pass.unavailable)
    note(contract.address, placeOf(area, entityKind)).count += 1;
  for (const { contract, area, entityKind, isUnavailable } of listed)
    if (isUnavailable) note(contract.address, placeOf(area, entityKind));
  for (const { contract, area, table, isUnavailable } of invariants)
    if (isUnavailable) note(contract, { area, table: tableNameOf(table) });
  return Array.from(contracts, ([contract, { count, place }]) =>
    findingOf(place, {
      block,
      contract,
      class: 'state unavailable',
      entity: `${count} entities of ${contract}`,
      evidence: `the node does not have the state of block ${block}: use one that does, or audit a later block`,
    }),
  );
}

/** One per entity kind of a contract. */
function unansweredFindings({ pass, listed, block }: UnconfirmedInput): Finding[] {
  const kinds = new Map<string, UnansweredKind>();
  const note = ({ area, entityKind, contract }: Omit<Entity, 'key'>): UnansweredKind => {
    const entity = `${entityKind.name} entities of ${contract.address}`;
    const known = kinds.get(entity) ?? {
      entity,
      place: placeOf(area, entityKind),
      contract: contract.address,
      count: 0,
      reasons: new Set(),
    };
    kinds.set(entity, known);
    return known;
  };
  for (const list of listed)
    if (list.unanswered.length > 0) for (const reason of list.unanswered) note(list).reasons.add(reason);
  for (const { entity, unanswered } of pass.unconfirmed) {
    const known = note(entity);
    known.count += 1;
    for (const reason of unanswered) known.reasons.add(reason);
  }
  return Array.from(kinds.values(), ({ entity, place, contract, count, reasons }) => {
    const because = [...reasons].join(', ');
    const evidence =
      count === 0
        ? `${because}: the list of entities is not confirmed`
        : `${because}: ${count} of these entities are not confirmed`;
    return findingOf(place, { block, contract, class: 'not confirmable', entity, evidence });
  });
}

interface UnansweredKind {
  readonly entity: string;
  readonly place: Place;
  readonly contract: Address;
  readonly reasons: Set<string>;
  count: number;
}

/** One per invariant that could not be checked because the contract did not answer. */
function uncheckedFindings({ invariants, block }: UnconfirmedInput): Finding[] {
  return invariants
    .filter(({ status, isUnavailable }) => status === 'not checked' && !isUnavailable)
    .map(({ name, contract, area, table, detail }) =>
      findingOf(
        { area, table: tableNameOf(table) },
        {
          block,
          contract,
          class: 'not confirmable',
          entity: `${name} (${contract})`,
          evidence: detail,
        },
      ),
    );
}

type Place = Pick<Finding, 'area' | 'table'>;

/** The first of the tables that the entities confirm. */
function placeOf(area: AreaAudit, entityKind: EntityKind): Place {
  const tables = tablesOf(area);
  const table = tables.find((name) => {
    const audit = area.tables[name];
    return audit !== undefined && !('reason' in audit) && audit.includes(entityKind);
  });
  return {
    area: area.area,
    table: tableNameOf(required(table ?? tables[0], `a table of the area ${area.area}`)),
  };
}

function findingOf(
  place: Place,
  of: { readonly class: FindingClass } & Pick<Finding, 'block' | 'contract' | 'entity' | 'evidence'>,
): Finding {
  return {
    ...place,
    ...of,
    rowId: null,
    field: null,
    chainValue: null,
    isChainKept: true,
    ledgerValue: null,
    databaseValue: null,
    lastLog: null,
    changed: null,
  };
}
