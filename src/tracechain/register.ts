/** Makes the tables and contracts of TraceChain known to the engine. */
import { registerContracts } from '../engine/contract/definitions.ts';
import { kinds } from './contracts.ts';
import { registerTables } from '../engine/tables.ts';
import * as schema from './tables.ts';
import tableIds from './table-ids.lock.json' with { type: 'json' };

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
