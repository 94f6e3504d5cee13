/** Makes a product's row, from its registration or from its state. */
import { hash } from 'node:crypto';
import type { ProductState } from './contract.ts';
import type { ChainEvent, TypedEvent } from '../../engine/contract/events.ts';
import type { ChainRow } from '../../engine/tables.ts';
import { InvariantError } from '../../primitives/errors.ts';
import { type Hash, toHash } from '../../primitives/hex.ts';
import type { Uuid } from '../../primitives/ids.ts';
import { encodeExact } from '../../primitives/text.ts';
import { EffectError } from '../../engine/projection/shape.ts';
import { lookup, type LookupKey, type Wanted } from '../../engine/projection/projection.ts';
import type { Rows } from '../../engine/projection/rows.ts';
import { dateOf, productTypeOf } from '../shared/values.ts';
import { productId } from './product-ids.ts';

type Event = Pick<ChainEvent, 'block' | 'log' | 'transaction'>;
export type Product = ChainRow<'products'>;
export type Registered = TypedEvent<'ProductRegistry', 'ProductRegistered'>;

/** The product with a batch number in its registry; batch numbers are unique per registry. */
export const byBatchNumber = lookup('products', ['chainId', 'smartContractAddress', 'batchNumberDigest']);

/** The deactivation columns of an active product. */
export const active = { deactivatedAt: null, deactivatedBy: null };

/** For `touch`: requests a product's row and, if given, the row with its batch number. */
export function wantProduct(event: Event, wanted: Wanted, number: bigint, batchNumber: string | null): void {
  wanted.row('products', productId(event, number));
  if (batchNumber !== null) wanted.all(byBatchNumber, batchKey(event, batchNumber));
}

/** Makes the row of a registered product. Throws EffectError if another product has its batch number. */
export function insertRegistered(event: Registered, rows: Rows): Product {
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

/** Returns the columns at registration: from the state if it was read, else from the event. */
export function registeredValues(event: Registered, rows: Rows): Partial<StateColumns> & RegisteredColumns {
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

/** Returns the registered batch number: from the state if it was read, else from the event. */
export function batchNumberOf(event: Registered): string {
  return event.answer.product?.batchNumber ?? event.args.batchNumber;
}

/**
 * Returns the product of an event. A missing product is made from its registration in the same transaction,
 * because a registration emits its first checkpoint before its own event. Throws EffectError for an
 * unregistered product.
 */
export function knownProduct(event: Event, rows: Rows, number: bigint): Product {
  const known = rows.get('products', productId(event, number));
  if (known !== undefined) return known;
  const registered = event.transaction
    .of('ProductRegistry', 'ProductRegistered', event.log.address)
    .find(({ args }) => args.productId === number);
  if (registered === undefined)
    throw new EffectError(`product ${number} isn't registered at ${event.log.address}`);
  return insertRegistered(registered, rows);
}

/**
 * Returns the product of an event that reads its state. A product from before the indexed blocks is made from
 * that state.
 */
export function productFromState(
  event: Event,
  rows: Rows,
  number: bigint,
  state: ProductState | null,
): Product {
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

function knownRow(rows: Rows, id: Uuid): Product {
  const row = rows.get('products', id);
  if (row === undefined) throw new InvariantError(`product ${id} was made and isn't there`);
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
  Product,
  'productName' | 'manufacturerId' | 'batchNumber' | 'batchNumberDigest' | 'isActive'
>;

type StateColumns = Pick<Product, keyof typeof unknownState | 'manufacturerId' | 'isActive'>;

/** Returns the columns that a product's state fills, without unknown ones. */
export function stateValues(rows: Rows, state: ProductState): Partial<StateColumns> {
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

/**
 * Returns the digest of a batch number's exact bytes. Throws EffectError if another product of the registry
 * has it.
 */
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
