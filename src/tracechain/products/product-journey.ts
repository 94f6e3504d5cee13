/** The journey of a product: its checkpoints, and the links from each to the next. */
import type { CheckpointState } from './contract.ts';
import type { ChainEvent } from '../../engine/contract/events.ts';
import type { ChainRow } from '../../engine/tables.ts';
import type { Uuid } from '../../primitives/ids.ts';
import type { Entity, Load } from '../../engine/projection/entity.ts';
import { decimalQuotient, checkpointStatusOf } from '../shared/values.ts';
import { checkpointId, linkId } from './product-ids.ts';

type Event = Pick<ChainEvent, 'block' | 'log'>;

type Checkpoint = Entity<'checkpoints'>;

/** A checkpoint of a journey, with its neighbours and its links. */
export interface Stop {
  readonly index: bigint;
  /** Null for the first checkpoint. */
  readonly previous: Checkpoint | null;
  readonly checkpoint: Checkpoint;
  readonly next: Checkpoint;
  readonly linkTo: Entity<'traceabilityChain'>;
  readonly linkFrom: Entity<'traceabilityChain'>;
}

/** Names a checkpoint, its neighbours, and its links. */
export function stopOf(event: Event, product: bigint, index: bigint, load: Load): Stop {
  const at = (position: bigint) => load.one('checkpoints', checkpointId(event, product, position));
  const linkAt = (position: bigint) => load.one('traceabilityChain', linkId(event, product, position));
  return {
    index,
    previous: index > 0n ? at(index - 1n) : null,
    checkpoint: at(index),
    next: at(index + 1n),
    linkTo: linkAt(index),
    linkFrom: linkAt(index + 1n),
  };
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

/** Rewrites the links to a checkpoint and from it, from the current rows of the checkpoint and its neighbours. */
export function drawLinks(
  { index, previous, checkpoint, next, linkTo, linkFrom }: Stop,
  productId: Uuid,
): void {
  drawLink(linkTo, previous, checkpoint, { productId, sequenceOrder: index });
  drawLink(linkFrom, checkpoint, next, { productId, sequenceOrder: index + 1n });
}

function drawLink(
  link: Entity<'traceabilityChain'>,
  from: Checkpoint | null,
  to: Checkpoint,
  position: Pick<ChainRow<'traceabilityChain'>, 'productId' | 'sequenceOrder'>,
): void {
  if (to.row === undefined) return;
  const origin = from?.row;
  const values = {
    fromLocation: origin?.location ?? null,
    toLocation: to.row.location,
    fromStakeholderId: origin?.stakeholderId ?? null,
    toStakeholderId: to.row.stakeholderId,
    durationHours: hoursBetween(origin?.timestamp ?? null, to.row.timestamp),
  };
  if (link.row === undefined) link.insert({ ...position, checkpointId: to.id, ...values });
  else link.update(values);
}

const secondsAnHour = 3600n;
const hourDecimals = 6;

/** Returns the hours between two times, truncated to millionths; null if either is unknown. */
function hoursBetween(from: bigint | null, to: bigint | null): string | null {
  if (from === null || to === null) return null;
  const hours = decimalQuotient(to < from ? from - to : to - from, secondsAnHour, hourDecimals);
  return to < from && hours !== '0' ? `-${hours}` : hours;
}
