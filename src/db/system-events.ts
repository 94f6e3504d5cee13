/**
 * What the daemon has to say, in `system_events` beside what the chain said. Such a row has no provenance: it is in no
 * journal and no digest, an undo doesn't know it, and a rebuild doesn't make it again.
 */
import type { ClientBase, Pool } from 'pg';
import { storable } from '../primitives/text.ts';
import type { JsonValue } from './columns.ts';

export type SystemEventType =
  | 'audit_findings'
  | 'latch'
  | 'ledger_mended'
  | 'maintenance'
  | 'migration'
  | 'node_back'
  | 'node_failover'
  | 'node_lost'
  | 'parking'
  | 'quarantine'
  | 'reorg'
  | 'replay'
  | 'restart'
  | 'resolve'
  | 'takeover'
  | 'undo';

export interface SystemEvent {
  readonly eventType: SystemEventType;
  readonly severity: 'info' | 'warning' | 'error' | 'fatal';
  readonly data: { readonly [key: string]: JsonValue };
}

/** Records it in the caller's transaction, so that it is there when, and only when, what it tells of happened. */
export async function recordSystemEvent(
  client: ClientBase | Pool,
  { eventType, severity, data }: SystemEvent,
): Promise<void> {
  // An error's text may quote what a contract said, which jsonb needn't be able to hold.
  const text = JSON.stringify(data, (_, value: unknown) =>
    typeof value === 'string' ? storable(value).text : value,
  );
  await client.query(
    `insert into public.system_events (event_type, severity, source, event_data) values ($1, $2, 'daemon', $3::jsonb)`,
    [eventType, severity, text],
  );
}
