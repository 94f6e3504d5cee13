/** Handlers whose reads and writes pass through a test. */
import type { Entity, Found, Load, Write } from '../../src/engine/projection/entity.ts';
import type { Handler } from '../../src/engine/projection/projection.ts';
import type { ChainTableName } from '../../src/engine/tables.ts';

type Values = Readonly<Record<string, unknown>>;

/** What a test does with a handler's reads and writes. */
export interface Interception {
  /** Called for each table from which the handler names rows. */
  readonly onRead?: (table: ChainTableName) => void;
  /** Returns the values to insert in place of the handler's; null inserts nothing. */
  readonly insert: (table: ChainTableName, values: Values) => Values | null;
  readonly onUpdate?: (table: ChainTableName) => void;
}

/** Returns the handler with its reads and writes intercepted. */
export function wrapHandler(handler: Handler, interception: Interception): Handler {
  return {
    ...handler,
    entities: (event, load) => handler.entities(event, wrapLoad(load, interception)),
    apply: (event, entities, write) => handler.apply(event, entities, wrapWrite(write, interception)),
  };
}

function wrapLoad(load: Load, interception: Interception): Load {
  const wrapped: Load = {
    one(table, id) {
      interception.onRead?.(table);
      return wrapEntity(table, load.one(table, id), interception);
    },
    many(lookup, key) {
      interception.onRead?.(lookup.table);
      const found = load.many(lookup, key);
      const entities = () =>
        found.entities().map((entity) => wrapEntity(lookup.table, entity, interception)) as ReturnType<
          Found<typeof lookup.table>['entities']
        >;
      return { entities, rows: () => found.rows() };
    },
    once: (transaction, compute) => load.once(transaction, (events) => compute(events, wrapped)),
  };
  return wrapped;
}

function wrapEntity<Table extends ChainTableName>(
  table: Table,
  entity: Entity<Table>,
  interception: Interception,
): Entity<Table> {
  return {
    id: entity.id,
    get row() {
      return entity.row;
    },
    insert(values, madeBy) {
      const changed = interception.insert(table, values);
      // A handler that is kept from inserting gets the values that it wanted to insert.
      if (changed === null) return values as unknown as NonNullable<typeof entity.row>;
      return entity.insert(changed as typeof values, madeBy);
    },
    update(patch) {
      interception.onUpdate?.(table);
      return entity.update(patch);
    },
  };
}

function wrapWrite(write: Write, interception: Interception): Write {
  return {
    insert(table, id, values, madeBy) {
      const changed = interception.insert(table, values);
      if (changed === null) return values as unknown as ReturnType<typeof write.insert<typeof table>>;
      return write.insert(table, id, changed as typeof values, madeBy);
    },
    user: (wallet) => write.user(wallet),
    standard: (spelling) => write.standard(spelling),
  };
}
