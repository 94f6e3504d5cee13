/** Which entities there are, gathered from every side: the logs, the rows, and the contracts' own lists. */
import type { ChainEvent } from '../../contract/events.ts';
import type { IndexedContract } from '../../contract/kind.ts';
import type { ChainTableName } from '../../tables.ts';
import type { Address } from '../../../primitives/hex.ts';
import type { AnyRow } from '../../projection/rows.ts';
import { type AreaAudit, facetsOf } from './area-audit.ts';
import type { EntityKey, Facet, RowContext } from './claim.ts';

/** One entity that may be asked about. */
export interface Entity {
  readonly area: AreaAudit;
  readonly facet: Facet;
  readonly contract: IndexedContract;
  readonly key: EntityKey;
}

export class KnownEntities {
  readonly #facets: readonly { readonly area: AreaAudit; readonly facet: Facet }[];
  readonly #keys = new Map<string, Map<string, EntityKey>>();

  constructor(areas: readonly AreaAudit[]) {
    this.#facets = areas.flatMap((area) => facetsOf(area).map((facet) => ({ area, facet })));
  }

  /** Notes whom an event names. */
  tell(event: ChainEvent): void {
    for (const { facet } of this.#facets) {
      if (facet.kind !== event.kind) continue;
      for (const key of facet.told(event)) this.#add(facet, event.log.address, key);
    }
  }

  /** Notes whom a row belongs to. No contract can be asked about what someone wrote into a table where an address should stand. */
  addRow(table: ChainTableName, row: AnyRow, known: RowContext): void {
    const address = row['smartContractAddress'] as Address | null;
    if (address === null) return;
    for (const { facet } of this.#facets) {
      const key = facet.rows[table]?.(row, known) ?? null;
      if (key !== null && (facet.isKey ?? isUint256)(key)) this.#add(facet, address, key);
    }
  }

  addListed(facet: Facet, contract: IndexedContract, keys: readonly EntityKey[]): void {
    for (const key of keys) this.#add(facet, contract.address, key);
  }

  /** The entities of a contract, in the order in which they became known. */
  of(contract: IndexedContract): Entity[] {
    return this.#facets
      .filter(({ facet }) => facet.kind === contract.kind)
      .flatMap(({ area, facet }) => {
        const keys = this.#keys.get(placeOf(facet, contract.address))?.values() ?? [];
        return Array.from(keys, (key) => ({ area, facet, contract, key }));
      });
  }

  #add(facet: Facet, address: Address, key: EntityKey): void {
    const place = placeOf(facet, address);
    let keys = this.#keys.get(place);
    if (keys === undefined) this.#keys.set(place, (keys = new Map()));
    keys.set(facet.identity?.(key) ?? String(key), key);
  }
}

function placeOf(facet: Facet, address: Address): string {
  return `${address} ${facet.kind} ${facet.name}`;
}

function isUint256(key: EntityKey): boolean {
  return typeof key === 'bigint' && key >= 0n && key >> 256n === 0n;
}
