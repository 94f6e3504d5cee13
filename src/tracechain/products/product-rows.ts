/** Makes a product's row, from its registration or from its state. */
import { hash } from 'node:crypto';
import type { ProductState } from './contract.ts';
import type { ChainEvent, TransactionEvents, TypedEvent } from '../../engine/contract/events.ts';
import type { ChainRow } from '../../engine/tables.ts';
import { type Hash, toHash } from '../../primitives/hex.ts';
import type { Uuid } from '../../primitives/ids.ts';
import { encodeExact } from '../../primitives/text.ts';
import { EffectError } from '../../engine/projection/shape.ts';
import type { Entity, Found, Load, Write } from '../../engine/projection/entity.ts';
import { lookup } from '../../engine/projection/lookup.ts';
import { dateOf, productTypeOf } from '../shared/values.ts';
import { productId } from './product-ids.ts';

type Event = Pick<ChainEvent, 'block' | 'log' | 'transaction'>;
export type Product = ChainRow<'products'>;
export type Registered = TypedEvent<'ProductRegistry', 'ProductRegistered'>;

/** The product with a batch number in its registry; batch numbers are unique per registry. */
export const byBatchNumber = lookup('products', ['chainId', 'smartContractAddress', 'batchNumberDigest']);

/** The deactivation columns of an active product. */
export const active = { deactivatedAt: null, deactivatedBy: null };

/** A registration, with its product and the products that have its batch number. */
export interface Registration {
  readonly event: Registered;
  readonly product: Entity<'products'>;
  readonly sameBatch: Found<'products'>;
}

/** Names the entities of a registration. */
export function registrationOf(event: Registered, load: Load): Registration {
  const product = load.one('products', productId(event, event.args.productId));
  return { event, product, sameBatch: sameBatchAs(batchNumberOf(event), event, load) };
}

/** Makes the row of a registered product. Throws EffectError if another product has its batch number. */
export function insertRegistered(registration: Registration, write: Write): Product {
  const { event, product } = registration;
  return product.insert(
    {
      productId: event.args.productId,
      latestCheckpointIndex: null,
      ...active,
      ...unknownState,
      ...registeredValues(registration, write),
    },
    event,
  );
}

/** Returns the columns at registration: from the state if it was read, else from the event. */
export function registeredValues(
  { event, sameBatch }: Registration,
  write: Write,
): Partial<StateColumns> & RegisteredColumns {
  const { manufacturer, productName } = event.args;
  const batchNumber = batchNumberOf(event);
  const state = event.answer.product;
  return {
    ...(state === null ? {} : stateValues(state, write)),
    productName: state?.productName ?? productName,
    manufacturerId: write.user(state?.manufacturer ?? manufacturer),
    batchNumber,
    batchNumberDigest: uniqueDigest(batchNumber, event.args.productId, sameBatch),
    isActive: state?.isActive ?? true,
  };
}

/** Returns the registered batch number: from the state if it was read, else from the event. */
function batchNumberOf(event: Registered): string {
  return event.answer.product?.batchNumber ?? event.args.batchNumber;
}

/** The product of an event, with its registration if that is in the same transaction. */
export interface NamedProduct {
  readonly product: Entity<'products'>;
  readonly registration: Registration | null;
}

/** Names a product of the registry that emitted the event. */
export function productOf(event: Event, number: bigint, load: Load): NamedProduct {
  const product = load.one('products', productId(event, number));
  const registrations = load.once(event.transaction, registrationsIn);
  return { product, registration: registrations.get(product.id) ?? null };
}

/** Names the transaction's registrations, by the product's id. */
function registrationsIn(transaction: TransactionEvents, load: Load): ReadonlyMap<Uuid, Registration> {
  const registrations = new Map<Uuid, Registration>();
  for (const event of transaction.of('ProductRegistry', 'ProductRegistered')) {
    const registration = registrationOf(event, load);
    if (!registrations.has(registration.product.id)) registrations.set(registration.product.id, registration);
  }
  return registrations;
}

/**
 * Returns the product's row. A missing row is made from its registration in the same transaction, because a
 * registration emits its first checkpoint before its own event. Throws EffectError for an unregistered
 * product.
 */
export function knownProduct(
  event: Event,
  number: bigint,
  { product, registration }: NamedProduct,
  write: Write,
): Product {
  if (product.row !== undefined) return product.row;
  if (registration === null) throw notRegistered(event, number);
  return insertRegistered(registration, write);
}

/** The product of an event that reads its state, with the products that have the batch number of that state. */
export interface StatedProduct {
  readonly product: Entity<'products'>;
  readonly state: ProductState | null;
  /** Null if the state has no batch number. */
  readonly sameBatch: Found<'products'> | null;
}

/** Names the product of an event that reads its state. */
export function statedProductOf(
  event: Event & { readonly answer: { readonly product: ProductState | null } },
  number: bigint,
  load: Load,
): StatedProduct {
  const state = event.answer.product;
  const batchNumber = state?.batchNumber ?? null;
  return {
    product: load.one('products', productId(event, number)),
    state,
    sameBatch: batchNumber === null ? null : sameBatchAs(batchNumber, event, load),
  };
}

/** Makes the row of a product from before the indexed blocks, from its state, unless the row exists. */
export function makeFromState(
  event: Event,
  number: bigint,
  { product, state, sameBatch }: StatedProduct,
  write: Write,
): void {
  if (product.row !== undefined) return;
  if (state === null) throw notRegistered(event, number);
  const { batchNumber } = state;
  product.insert({
    productId: number,
    latestCheckpointIndex: null,
    ...active,
    ...unknownState,
    ...stateValues(state, write),
    manufacturerId: state.manufacturer === null ? null : write.user(state.manufacturer),
    batchNumber,
    batchNumberDigest:
      batchNumber === null || sameBatch === null ? null : uniqueDigest(batchNumber, number, sameBatch),
    isActive: state.isActive ?? true,
  });
}

function notRegistered({ log }: Event, number: bigint): EffectError {
  return new EffectError(`product ${number} isn't registered at ${log.address}`);
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
export function stateValues(state: ProductState, write: Write): Partial<StateColumns> {
  return {
    ...(state.productName === null ? {} : { productName: state.productName }),
    ...(state.productType === null
      ? {}
      : { productType: productTypeOf(state.productType), productTypeText: state.productType }),
    ...(state.manufacturer === null ? {} : { manufacturerId: write.user(state.manufacturer) }),
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
function uniqueDigest(batchNumber: string, number: bigint, sameBatch: Found<'products'>): Hash {
  const taken = sameBatch.rows().find((product) => product.productId !== number);
  if (taken !== undefined)
    throw new EffectError(`the batch number of product ${number} is product ${taken.productId}'s`);
  return digestOf(batchNumber);
}

function sameBatchAs(batchNumber: string, { block, log }: Event, load: Load): Found<'products'> {
  return load.many(byBatchNumber, [block.chainId, log.address, digestOf(batchNumber)]);
}

function digestOf(batchNumber: string): Hash {
  return toHash(`0x${hash('sha256', encodeExact(batchNumber), 'hex')}`);
}
