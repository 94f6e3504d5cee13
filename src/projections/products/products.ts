/** Product registries: products, their stakeholders, their checkpoints and the way that these make. */
import { hash } from 'node:crypto';
import type { CheckpointState, ProductState } from '../../contracts/kinds/product-registry.ts';
import type { ChainEvent, TypedEvent } from '../../contracts/events.ts';
import type { ChainRow } from '../../db/ownership.ts';
import { type Address, type Hash, toHash } from '../../primitives/hex.ts';
import { encodeExact } from '../../primitives/text.ts';
import { EffectError } from '../fold/effect-error.ts';
import { checkpointStatusOf, productTypeOf } from '../shared/free-text.ts';
import { lookup, type LookupKey, on, type Projection, type Wanted } from '../fold/projection.ts';
import type { Rows } from '../fold/rows.ts';
import { checkpointId, linkId, productId, stakeholderId } from './product-ids.ts';

type Event = Pick<ChainEvent, 'block' | 'log' | 'transaction'>;
type Registered = TypedEvent<'ProductRegistry', 'ProductRegistered'>;

/** The product that has a batch number in its registry: batch numbers are unique there. */
const byBatchNumber = lookup('products', ['chainId', 'smartContractAddress', 'batchNumberDigest']);

export const products: Projection = {
  area: 'products',
  version: 1,
  lookups: [byBatchNumber],
  handlers: [
    on('ProductRegistry', 'ProductRegistered', {
      touch(event, wanted) {
        wantProduct(event, wanted, event.args.productId, batchNumberOf(event));
        wanted.row(
          'productStakeholders',
          stakeholderId(event, event.args.productId, event.args.manufacturer),
        );
      },
      apply: register,
    }),
    on('ProductRegistry', 'CheckpointAdded', {
      touch(event, wanted) {
        wantProduct(event, wanted, event.args.productId, null);
        wantCheckpoints(event, wanted, event.args.productId, event.args.checkpointIndex);
      },
      apply(event, rows) {
        const { productId: number, checkpointIndex, stakeholder, status } = event.args;
        const product = knownProduct(event, rows, number);
        const state = event.answer.checkpoint;
        const values = checkpointValues(state, { timestamp: event.block.timestamp, status });
        const id = checkpointId(event, number, checkpointIndex);
        const stakeholderUser = rows.user(state?.stakeholder ?? stakeholder);
        rows.user(stakeholder);
        if (rows.get('checkpoints', id) === undefined) {
          rows.insert('checkpoints', {
            id,
            productId: product.id,
            checkpointIndex,
            stakeholderId: stakeholderUser,
            ...values,
          });
        } else {
          rows.update('checkpoints', id, { stakeholderId: stakeholderUser, ...values });
        }
        drawLink(event, rows, product.id, number, checkpointIndex);
        drawLink(event, rows, product.id, number, checkpointIndex + 1n);
        rows.update('products', product.id, { latestCheckpointIndex: checkpointIndex });
      },
    }),
    on('ProductRegistry', 'CheckpointUpdated', {
      touch(event, wanted) {
        wantCheckpoints(event, wanted, event.args.productId, event.args.checkpointIndex);
      },
      apply(event, rows) {
        const { productId: number, checkpointIndex, updater } = event.args;
        const id = checkpointId(event, number, checkpointIndex);
        const checkpoint = rows.get('checkpoints', id);
        if (checkpoint === undefined)
          throw new EffectError(`product ${number} has no checkpoint ${checkpointIndex} to update`);
        rows.user(updater);
        const state = event.answer.checkpoint;
        if (state === null) return rows.update('checkpoints', id, {});
        const kept = { timestamp: checkpoint.timestamp, status: state.status };
        const stakeholder =
          state.stakeholder === null ? checkpoint.stakeholderId : rows.user(state.stakeholder);
        rows.update('checkpoints', id, { stakeholderId: stakeholder, ...checkpointValues(state, kept) });
        drawLink(event, rows, checkpoint.productId, number, checkpointIndex);
        drawLink(event, rows, checkpoint.productId, number, checkpointIndex + 1n);
      },
    }),
    on('ProductRegistry', 'ProductUpdated', {
      touch(event, wanted) {
        wantProduct(event, wanted, event.args.productId, event.answer.product?.batchNumber ?? null);
      },
      apply(event, rows) {
        const { productId: number, productName, updater } = event.args;
        rows.user(updater);
        const product = productFromState(event, rows, number, event.answer.product);
        const values = event.answer.product === null ? {} : stateValues(rows, event.answer.product);
        rows.update('products', product.id, { productName, ...values });
      },
    }),
    on('ProductRegistry', 'ProductDeleted', {
      touch(event, wanted) {
        wantProduct(event, wanted, event.args.productId, event.answer.product?.batchNumber ?? null);
      },
      apply(event, rows) {
        const state = event.answer.product;
        const product = productFromState(event, rows, event.args.productId, state);
        const deactivatedBy = rows.user(event.args.deleter);
        const isActive = state?.isActive ?? false;
        const deactivation = isActive ? active : { deactivatedAt: event.block.timestamp, deactivatedBy };
        rows.update('products', product.id, {
          ...(state === null ? {} : stateValues(rows, state)),
          isActive,
          ...deactivation,
        });
      },
    }),
    on('ProductRegistry', 'ProductReactivated', {
      touch(event, wanted) {
        wantProduct(event, wanted, event.args.productId, event.answer.product?.batchNumber ?? null);
      },
      apply(event, rows) {
        const state = event.answer.product;
        const product = productFromState(event, rows, event.args.productId, state);
        rows.user(event.args.reactivator);
        const isActive = state?.isActive ?? true;
        rows.update('products', product.id, {
          ...(state === null ? {} : stateValues(rows, state)),
          isActive,
          ...(isActive ? active : {}),
        });
      },
    }),
    on('ProductRegistry', 'StakeholderAdded', {
      touch(event, wanted) {
        wantProduct(event, wanted, event.args.productId, null);
        wanted.row('productStakeholders', stakeholderId(event, event.args.productId, event.args.stakeholder));
      },
      apply(event, rows) {
        const { productId: number, stakeholder } = event.args;
        const product = knownProduct(event, rows, number);
        const { addedBy } = event.answer;
        setStakeholder(event, rows, product.id, number, stakeholder, {
          role: null,
          addedAt: event.block.timestamp,
          addedBy: addedBy === null ? null : rows.user(addedBy),
        });
      },
    }),
    on('ProductRegistry', 'StakeholderRemoved', {
      touch(event, wanted) {
        wanted.row('productStakeholders', stakeholderId(event, event.args.productId, event.args.stakeholder));
      },
      apply(event, rows) {
        const { productId: number, stakeholder } = event.args;
        const id = stakeholderId(event, number, stakeholder);
        if (rows.get('productStakeholders', id) === undefined) {
          throw new EffectError(`${stakeholder} isn't a stakeholder of product ${number}`);
        }
        rows.update('productStakeholders', id, { isActive: false });
      },
    }),
  ],
};

const active = { deactivatedAt: null, deactivatedBy: null };

function wantProduct(event: Event, wanted: Wanted, number: bigint, batchNumber: string | null): void {
  wanted.row('products', productId(event, number));
  if (batchNumber !== null) wanted.all(byBatchNumber, batchKey(event, batchNumber));
}

/** A checkpoint, its neighbours, and the links that lead to it and away from it. */
function wantCheckpoints(event: Event, wanted: Wanted, number: bigint, index: bigint): void {
  for (const neighbour of [index - 1n, index, index + 1n]) {
    if (neighbour >= 0n) wanted.row('checkpoints', checkpointId(event, number, neighbour));
  }
  wanted.row('traceabilityChain', linkId(event, number, index));
  wanted.row('traceabilityChain', linkId(event, number, index + 1n));
}

function register(event: Registered, rows: Rows): void {
  const { productId: number, manufacturer } = event.args;
  const id = productId(event, number);
  const existing = rows.get('products', id);
  if (existing === undefined) {
    insertRegistered(event, rows);
  } else if (!isMadeBy(existing, event)) {
    // Registered twice, which the fixtures' kind of registry doesn't do: the row is what the contract says now.
    rows.update('products', id, registeredValues(event, rows));
  }
  setStakeholder(event, rows, id, number, manufacturer, {
    role: 'manufacturer',
    addedAt: event.block.timestamp,
    addedBy: rows.user(manufacturer),
  });
}

function isMadeBy(row: ChainRow<'products'>, event: Event): boolean {
  return row.blockHash === event.block.hash && row.logIndex === event.log.logIndex;
}

function insertRegistered(event: Registered, rows: Rows): ChainRow<'products'> {
  const id = productId(event, event.args.productId);
  rows.insert(
    'products',
    {
      id,
      productId: event.args.productId,
      latestCheckpointIndex: null,
      ...active,
      ...unknownState,
      ...registeredValues(event, rows),
    },
    event,
  );
  return knownRow(rows, id);
}

/** What registering says: the state's word where it was read, the event's own where it wasn't. */
function registeredValues(event: Registered, rows: Rows): Partial<StateColumns> & RegisteredColumns {
  const { manufacturer, productName } = event.args;
  const batchNumber = batchNumberOf(event);
  const state = event.answer.product;
  return {
    ...(state === null ? {} : stateValues(rows, state)),
    productName: state?.productName ?? productName,
    manufacturerId: rows.user(state?.manufacturer ?? manufacturer),
    batchNumber,
    batchNumberDigest: uniqueDigest(event, rows, event.args.productId, batchNumber),
    isActive: state?.isActive ?? true,
  };
}

function batchNumberOf(event: Registered): string {
  return event.answer.product?.batchNumber ?? event.args.batchNumber;
}

/**
 * The product of an event that comes with a product of its own transaction: registering emits the first checkpoint before
 * the registration. Throws EffectError for a product that nobody registered.
 */
function knownProduct(event: Event, rows: Rows, number: bigint): ChainRow<'products'> {
  const known = rows.get('products', productId(event, number));
  if (known !== undefined) return known;
  const registered = event.transaction
    .of('ProductRegistry', 'ProductRegistered', event.log.address)
    .find(({ args }) => args.productId === number);
  if (registered === undefined)
    throw new EffectError(`product ${number} isn't registered at ${event.log.address}`);
  return insertRegistered(registered, rows);
}

/** The product of an event that reads its state: a product from before the indexed blocks is made from that. */
function productFromState(
  event: Event,
  rows: Rows,
  number: bigint,
  state: ProductState | null,
): ChainRow<'products'> {
  const id = productId(event, number);
  const known = rows.get('products', id);
  if (known !== undefined) return known;
  if (state === null) throw new EffectError(`product ${number} isn't registered at ${event.log.address}`);
  rows.insert('products', {
    id,
    productId: number,
    latestCheckpointIndex: null,
    ...active,
    ...unknownState,
    ...stateValues(rows, state),
    manufacturerId: state.manufacturer === null ? null : rows.user(state.manufacturer),
    batchNumber: state.batchNumber,
    batchNumberDigest:
      state.batchNumber === null ? null : uniqueDigest(event, rows, number, state.batchNumber),
    isActive: state.isActive ?? true,
  });
  return knownRow(rows, id);
}

function knownRow(rows: Rows, id: ChainRow<'products'>['id']): ChainRow<'products'> {
  const row = rows.get('products', id);
  if (row === undefined) throw new EffectError(`product ${id} was made and isn't there`);
  return row;
}

const unknownState = {
  productName: null,
  productType: null,
  productTypeText: null,
  manufactureDate: null,
  expiryDate: null,
  rawMaterials: null,
  metadataUri: null,
};

type RegisteredColumns = Pick<
  ChainRow<'products'>,
  'productName' | 'manufacturerId' | 'batchNumber' | 'batchNumberDigest' | 'isActive'
>;

type StateColumns = Pick<ChainRow<'products'>, keyof typeof unknownState | 'manufacturerId' | 'isActive'>;

/** The columns that a product's state fills, without those that it doesn't know. */
function stateValues(rows: Rows, state: ProductState): Partial<StateColumns> {
  return {
    ...(state.productName === null ? {} : { productName: state.productName }),
    ...(state.productType === null
      ? {}
      : { productType: productTypeOf(state.productType), productTypeText: state.productType }),
    ...(state.manufacturer === null ? {} : { manufacturerId: rows.user(state.manufacturer) }),
    ...(state.manufactureDate === null ? {} : { manufactureDate: dateOf(state.manufactureDate) }),
    ...(state.expiryDate === null ? {} : { expiryDate: dateOf(state.expiryDate) }),
    ...(state.rawMaterials === null ? {} : { rawMaterials: [...state.rawMaterials] }),
    ...(state.metadataUri === null ? {} : { metadataUri: state.metadataUri }),
    ...(state.isActive === null ? {} : { isActive: state.isActive }),
  };
}

/** A contract writes "no date" as 0. */
function dateOf(seconds: bigint): bigint | null {
  return seconds === 0n ? null : seconds;
}

/** The digest of a batch number, by its exact bytes. Throws EffectError where another product of the registry has it. */
function uniqueDigest(event: Event, rows: Rows, number: bigint, batchNumber: string): Hash {
  const taken = rows
    .all(byBatchNumber, batchKey(event, batchNumber))
    .find((product) => product.productId !== number);
  if (taken !== undefined)
    throw new EffectError(`the batch number of product ${number} is product ${taken.productId}'s`);
  return digestOf(batchNumber);
}

function batchKey(event: Event, batchNumber: string): LookupKey {
  return [event.block.chainId, event.log.address, digestOf(batchNumber)];
}

function digestOf(batchNumber: string): Hash {
  return toHash(`0x${hash('sha256', encodeExact(batchNumber), 'hex')}`);
}

function setStakeholder(
  event: Event,
  rows: Rows,
  product: ChainRow<'products'>['id'],
  number: bigint,
  wallet: Address,
  values: Pick<ChainRow<'productStakeholders'>, 'role' | 'addedAt' | 'addedBy'>,
): void {
  const stakeholderUser = rows.user(wallet);
  if (stakeholderUser === null)
    throw new EffectError(`the zero address can't be a stakeholder of product ${number}`);
  const id = stakeholderId(event, number, wallet);
  const { role, addedAt, addedBy } = values;
  if (rows.get('productStakeholders', id) === undefined) {
    rows.insert('productStakeholders', {
      id,
      productId: product,
      stakeholderId: stakeholderUser,
      isActive: true,
      role,
      addedAt,
      addedBy,
    });
  } else {
    // The role is the application's once the row is there.
    rows.update('productStakeholders', id, { isActive: true, addedAt, addedBy });
  }
}

function checkpointValues(
  state: CheckpointState | null,
  otherwise: { readonly timestamp: bigint | null; readonly status: string },
) {
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

/** Draws the link that leads to a checkpoint from the one before it, as both are now. */
function drawLink(
  event: Event,
  rows: Rows,
  product: ChainRow<'products'>['id'],
  number: bigint,
  index: bigint,
): void {
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

/** The hours from one instant to another, to the millionth, cut off; null where either isn't known. */
function hoursBetween(from: bigint | null, to: bigint | null): string | null {
  if (from === null || to === null) return null;
  const seconds = to - from;
  const sign = seconds < 0n ? '-' : '';
  const millionths = ((seconds < 0n ? -seconds : seconds) * 10n ** BigInt(hourDecimals)) / secondsAnHour;
  const digits = millionths.toString().padStart(hourDecimals + 1, '0');
  return `${sign}${digits.slice(0, -hourDecimals)}.${digits.slice(-hourDecimals)}`;
}
