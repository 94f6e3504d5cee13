/** The journey of a product: its checkpoints, and the links from each to the next. */
import type { CheckpointState } from './contract.ts';
import type { ChainEvent } from '../../engine/contract/events.ts';
import type { ChainRow } from '../../engine/tables.ts';
import type { Uuid } from '../../primitives/ids.ts';
import type { Wanted } from '../../engine/projection/projection.ts';
import type { Rows } from '../../engine/projection/rows.ts';
import { decimalQuotient, checkpointStatusOf } from '../shared/values.ts';
import { checkpointId, linkId } from './product-ids.ts';

type Event = Pick<ChainEvent, 'block' | 'log'>;

/** Requests a checkpoint, its neighbours, and the links to it and from it. */
export function wantCheckpoints(event: Event, wanted: Wanted, number: bigint, index: bigint): void {
  for (const neighbour of [index - 1n, index, index + 1n]) {
    if (neighbour >= 0n) wanted.row('checkpoints', checkpointId(event, number, neighbour));
  }
  wanted.row('traceabilityChain', linkId(event, number, index));
  wanted.row('traceabilityChain', linkId(event, number, index + 1n));
}

type CheckpointColumns = Pick<
  ChainRow<'checkpoints'>,
  'timestamp' | 'location' | 'status' | 'statusText' | 'temperature' | 'humidity' | 'additionalData'
>;

/** Returns a checkpoint's values: from its state if it was read, else from the event or the row. */
export function checkpointValues(
  state: CheckpointState | null,
  otherwise: { readonly timestamp: bigint | null; readonly status: string },
): CheckpointColumns {
  const status = state?.status ?? otherwise.status;
  return {
    timestamp: state?.timestamp ?? otherwise.timestamp,
    location: state?.location ?? null,
    status: checkpointStatusOf(status),
    statusText: status,
    temperature: state?.temperature ?? null,
    humidity: state?.humidity ?? null,
    additionalData: state?.additionalData ?? null,
  };
}

/**
 * Rewrites the links to a checkpoint and from it, from the current rows of the checkpoint and its neighbours.
 */
export function drawLinks(event: Event, rows: Rows, product: Uuid, number: bigint, index: bigint): void {
  drawLink(event, rows, product, number, index);
  drawLink(event, rows, product, number, index + 1n);
}

/** Rewrites the link to a checkpoint from the previous one, from the current rows of both. */
function drawLink(event: Event, rows: Rows, product: Uuid, number: bigint, index: bigint): void {
  const to = rows.get('checkpoints', checkpointId(event, number, index));
  if (to === undefined) return;
  const from = index === 0n ? undefined : rows.get('checkpoints', checkpointId(event, number, index - 1n));
  const id = linkId(event, number, index);
  const values = {
    fromLocation: from?.location ?? null,
    toLocation: to.location,
    fromStakeholderId: from?.stakeholderId ?? null,
    toStakeholderId: to.stakeholderId,
    durationHours: hoursBetween(from?.timestamp ?? null, to.timestamp),
  };
  const existing = rows.get('traceabilityChain', id);
  if (existing === undefined) {
    rows.insert('traceabilityChain', {
      id,
      productId: product,
      checkpointId: to.id,
      sequenceOrder: index,
      ...values,
    });
  } else {
    rows.update('traceabilityChain', id, values);
  }
}

const secondsAnHour = 3600n;
const hourDecimals = 6;

/** Returns the hours between two times, truncated to millionths; null if either is unknown. */
function hoursBetween(from: bigint | null, to: bigint | null): string | null {
  if (from === null || to === null) return null;
  const hours = decimalQuotient(to < from ? from - to : to - from, secondsAnHour, hourDecimals);
  return to < from && hours !== '0' ? `-${hours}` : hours;
}
