/**
 * Records the daemon's own events in `system_events`, in addition to events of the chain. Such a row has no provenance. The journal and the
 * digest do not contain it, an undo does not change it, and a rebuild does not recreate it.
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

/** Records an event in the caller's transaction, so that the event exists only if the change that it reports is committed. */
export async function recordSystemEvent(
  client: ClientBase | Pool,
  { eventType, severity, data }: SystemEvent,
): Promise<void> {
  // An error's text may quote text from a contract that jsonb cannot store.
  const text = JSON.stringify(data, (_, value: unknown) =>
    typeof value === 'string' ? storable(value).text : value,
  );
  await client.query(
    `insert into public.system_events (event_type, severity, source, event_data) values ($1, $2, 'daemon', $3::jsonb)`,
    [eventType, severity, text],
  );
}
