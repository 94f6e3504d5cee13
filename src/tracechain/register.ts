/** Makes the tables and contracts of TraceChain known to the engine. */
import { registerContracts } from '../contracts/definitions.ts';
import { kinds } from '../contracts/kinds/index.ts';
import { registerTables } from '../db/ownership.ts';
import * as schema from '../db/schema/index.ts';
import tableIds from '../db/table-ids.lock.json' with { type: 'json' };

declare module '../engine/register.ts' {
  interface Register {
    tables: typeof schema;
  }
}

let isRegistered = false;

/** To be called before the engine is used; once is enough, and more does nothing. */
export function registerTraceChain(): void {
  if (isRegistered) return;
  isRegistered = true;
  registerTables(schema, tableIds);
  registerContracts(kinds);
}

export { tableIds };
