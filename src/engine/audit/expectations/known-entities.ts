/** Collects entities from three sources: events, rows, and the contracts' own lists. */
import type { ChainEvent } from '../../contract/events.ts';
import type { IndexedContract } from '../../contract/kind.ts';
import type { ChainTableName } from '../../tables.ts';
import type { Address } from '../../../primitives/hex.ts';
import type { AnyRow } from '../../projection/entity.ts';
import { type AreaAudit, entityKindsOf } from './area-audit.ts';
import type { EntityKey, EntityKind, RowContext } from './entity-kind.ts';

/** An entity that can be read from its contract. */
export interface Entity {
  readonly area: AreaAudit;
  readonly entityKind: EntityKind;
  readonly contract: IndexedContract;
  readonly key: EntityKey;
}

/** The entities that are known so far, by contract. */
export class KnownEntities {
  readonly #facets: readonly { readonly area: AreaAudit; readonly entityKind: EntityKind }[];
  readonly #keys = new Map<string, Map<string, EntityKey>>();

  constructor(areas: readonly AreaAudit[]) {
    this.#facets = areas.flatMap((area) => entityKindsOf(area).map((entityKind) => ({ area, entityKind })));
  }

  /** Adds the entities that an event names. */
  tell(event: ChainEvent): void {
    for (const { entityKind } of this.#facets) {
      if (entityKind.kind !== event.kind) continue;
      for (const key of entityKind.told(event)) this.#add(entityKind, event.log.address, key);
    }
  }

  /**
   * Adds the entity that a row belongs to. A row may contain an invalid address that someone wrote into it; it is skipped, because no
   * contract can be called there.
   */
  addRow(table: ChainTableName, row: AnyRow, known: RowContext): void {
    const address = row['smartContractAddress'] as Address | null;
    if (address === null) return;
    for (const { entityKind } of this.#facets) {
      const key = entityKind.rows[table]?.(row, known) ?? null;
      if (key !== null && (entityKind.isKey ?? isUint256)(key)) this.#add(entityKind, address, key);
    }
  }

  addListed(entityKind: EntityKind, contract: IndexedContract, keys: readonly EntityKey[]): void {
    for (const key of keys) this.#add(entityKind, contract.address, key);
  }

  /** The entities of a contract, in the order in which they were added. */
  of(contract: IndexedContract): Entity[] {
    return this.#facets
      .filter(({ entityKind }) => entityKind.kind === contract.kind)
      .flatMap(({ area, entityKind }) => {
        const keys = this.#keys.get(placeOf(entityKind, contract.address))?.values() ?? [];
        return Array.from(keys, (key) => ({ area, entityKind, contract, key }));
      });
  }

  #add(entityKind: EntityKind, address: Address, key: EntityKey): void {
    const place = placeOf(entityKind, address);
    let keys = this.#keys.get(place);
    if (keys === undefined) this.#keys.set(place, (keys = new Map()));
    keys.set(entityKind.identity?.(key) ?? String(key), key);
  }
}

function placeOf(entityKind: EntityKind, address: Address): string {
  return `${address} ${entityKind.kind} ${entityKind.name}`;
}

function isUint256(key: EntityKey): boolean {
  return typeof key === 'bigint' && key >= 0n && key >> 256n === 0n;
}
