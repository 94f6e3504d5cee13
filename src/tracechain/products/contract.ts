/** Product registries: products, their stakeholders and checkpoints. */
import { productRegistryAbi as abi } from '../../../abis/index.ts';
import type { Address } from '../../primitives/hex.ts';
import type { CallArguments, CallResult, DecodedCall } from '../../engine/contract/abi/types.ts';
import { askDirectCall, directCallReader, onlyMatch } from '../../engine/contract/calldata.ts';
import { defineKind, type KindEvent } from '../../engine/contract/kind.ts';
import type { ReadPlan } from '../../engine/contract/read-plan.ts';
import { isUnavailable, viewOf, type AnswerSource } from '../../engine/contract/views.ts';

/**
 * A product as `getProduct` returns it. A field is null if calldata replaces the read and lacks the field.
 */
export interface ProductState {
  readonly productName: string | null;
  readonly productType: string | null;
  readonly manufacturer: Address | null;
  readonly batchNumber: string | null;
  /** Unix seconds, as all dates in this file. */
  readonly manufactureDate: bigint | null;
  readonly expiryDate: bigint | null;
  readonly rawMaterials: readonly string[] | null;
  readonly stakeholders: readonly Address[] | null;
  readonly isActive: boolean | null;
  readonly metadataUri: string | null;
}

export interface ProductAnswer {
  readonly source: AnswerSource;
  readonly product: ProductState | null;
}

/**
 * A checkpoint as `productCheckpoints` returns it. A field is null if calldata replaces the read and lacks
 * the field.
 */
export interface CheckpointState {
  readonly timestamp: bigint | null;
  readonly location: string;
  readonly stakeholder: Address | null;
  readonly status: string;
  readonly temperature: string;
  readonly humidity: string;
  readonly additionalData: string;
}

export interface CheckpointAnswer {
  readonly source: AnswerSource;
  readonly checkpoint: CheckpointState | null;
}

/**
 * The account that added the stakeholder: the sender of a direct `addStakeholder`. The contract does not
 * store it.
 */
export interface StakeholderAddedAnswer {
  readonly source: AnswerSource;
  readonly addedBy: Address | null;
}

const getProduct = viewOf(abi, 'getProduct');
const productCheckpoints = viewOf(abi, 'productCheckpoints');
const readDirectCall = directCallReader(abi);

const noProduct: ProductAnswer = { source: 'none', product: null };
const noCheckpoint: CheckpointAnswer = { source: 'none', checkpoint: null };

export const productRegistry = defineKind({
  abi,
  reads: {
    ProductRegistered: readRegistered,
    ProductUpdated: readUpdated,
    ProductDeleted: readSwitched,
    ProductReactivated: readSwitched,
    CheckpointAdded: readCheckpointAdded,
    CheckpointUpdated: readCheckpointUpdated,
    StakeholderAdded: readStakeholderAdded,
  },
});

function* readRegistered(event: KindEvent<typeof abi, 'ProductRegistered'>): ReadPlan<ProductAnswer> {
  const [result] = yield [getProduct.request(event.log.address, [event.args.productId])];
  if (!isUnavailable(result)) return productAnswer(getProduct.valueOf(result));
  const { productName, batchNumber, manufacturer } = event.args;
  const written = registeredBy(
    (yield* askDirectCall(event, readDirectCall))?.call ?? null,
    productName,
    batchNumber,
  );
  if (written === null) return noProduct;
  const { metadataURI: metadataUri, ...product } = written;
  return {
    source: 'calldata',
    product: { ...product, metadataUri, manufacturer, stakeholders: null, isActive: null },
  };
}

function* readUpdated(event: KindEvent<typeof abi, 'ProductUpdated'>): ReadPlan<ProductAnswer> {
  const { productId } = event.args;
  const [result] = yield [getProduct.request(event.log.address, [productId])];
  if (!isUnavailable(result)) return productAnswer(getProduct.valueOf(result));
  const call = (yield* askDirectCall(event, readDirectCall))?.call;
  if (call?.name !== 'updateProduct' || call.args[0] !== productId) return noProduct;
  const [, productName, productType, expiryDate, rawMaterials, metadataUri] = call.args;
  const unknown = {
    manufacturer: null,
    batchNumber: null,
    manufactureDate: null,
    stakeholders: null,
    isActive: null,
  };
  return {
    source: 'calldata',
    product: { ...unknown, productName, productType, expiryDate, rawMaterials, metadataUri },
  };
}

/** Deleting and reactivating: the call names only the product, so there is no fallback to calldata. */
function* readSwitched(
  event: KindEvent<typeof abi, 'ProductDeleted'> | KindEvent<typeof abi, 'ProductReactivated'>,
): ReadPlan<ProductAnswer> {
  const [result] = yield [getProduct.request(event.log.address, [event.args.productId])];
  return productAnswer(getProduct.valueOf(result));
}

/** One call for one element, because this is a registry's most frequent event. */
function* readCheckpointAdded(event: KindEvent<typeof abi, 'CheckpointAdded'>): ReadPlan<CheckpointAnswer> {
  const { productId, checkpointIndex, stakeholder, status } = event.args;
  const [result] = yield [productCheckpoints.request(event.log.address, [productId, checkpointIndex])];
  if (!isUnavailable(result)) return checkpointAnswer(productCheckpoints.valueOf(result));
  const call = (yield* askDirectCall(event, readDirectCall))?.call ?? null;
  const written = addedBy(call, productId, status);
  if (written === null) return noCheckpoint;
  return { source: 'calldata', checkpoint: { ...written, timestamp: null, stakeholder } };
}

function* readCheckpointUpdated(
  event: KindEvent<typeof abi, 'CheckpointUpdated'>,
): ReadPlan<CheckpointAnswer> {
  const { productId, checkpointIndex } = event.args;
  const [result] = yield [productCheckpoints.request(event.log.address, [productId, checkpointIndex])];
  if (!isUnavailable(result)) return checkpointAnswer(productCheckpoints.valueOf(result));
  const call = (yield* askDirectCall(event, readDirectCall))?.call;
  if (call?.name !== 'updateCheckpoint') return noCheckpoint;
  const [calledProduct, index, status, location, temperature, humidity, additionalData] = call.args;
  if (calledProduct !== productId || index !== checkpointIndex) return noCheckpoint;
  const written = { status, location, temperature, humidity, additionalData };
  return { source: 'calldata', checkpoint: { ...written, timestamp: null, stakeholder: null } };
}

function* readStakeholderAdded(
  event: KindEvent<typeof abi, 'StakeholderAdded'>,
): ReadPlan<StakeholderAddedAnswer> {
  const { productId, stakeholder } = event.args;
  const direct = yield* askDirectCall(event, readDirectCall);
  const isThis =
    direct?.call?.name === 'addStakeholder' &&
    direct.call.args[0] === productId &&
    direct.call.args[1] === stakeholder;
  return isThis ? { source: 'calldata', addedBy: direct.from } : { source: 'none', addedBy: null };
}

function productAnswer(product: CallResult<typeof abi, 'getProduct'> | null): ProductAnswer {
  if (product === null) return noProduct;
  const { productId: _, metadataURI: metadataUri, ...state } = product;
  return { source: 'state', product: { ...state, metadataUri } };
}

function checkpointAnswer(checkpoint: CallResult<typeof abi, 'productCheckpoints'> | null): CheckpointAnswer {
  if (checkpoint === null) return noCheckpoint;
  const [timestamp, location, stakeholder, status, temperature, humidity, additionalData] = checkpoint;
  return {
    source: 'state',
    checkpoint: { timestamp, location, stakeholder, status, temperature, humidity, additionalData },
  };
}

type Call = DecodedCall<typeof abi>;
type WrittenProduct = CallArguments<typeof abi, 'batchRegisterProducts'>[0][number];

function registeredBy(call: Call | null, productName: string, batchNumber: string): WrittenProduct | null {
  return onlyMatch(
    registrationsOf(call),
    (written) => written.batchNumber === batchNumber && written.productName === productName,
  );
}

function registrationsOf(call: Call | null): readonly WrittenProduct[] {
  if (call?.name === 'batchRegisterProducts') return call.args[0];
  if (call?.name !== 'registerProduct') return [];
  const [productName, productType, batchNumber, manufactureDate, expiryDate, rawMaterials, metadataURI] =
    call.args;
  return [{ productName, productType, batchNumber, manufactureDate, expiryDate, rawMaterials, metadataURI }];
}

type WrittenCheckpoint = CallArguments<typeof abi, 'batchAddCheckpoints'>[1][number];

function addedBy(call: Call | null, productId: bigint, status: string): WrittenCheckpoint | null {
  return onlyMatch(additionsOf(call, productId), (written) => written.status === status);
}

/**
 * Returns the checkpoints that a call adds to a product. A checkpoint without environment data has empty
 * texts.
 */
function additionsOf(call: Call | null, productId: bigint): readonly WrittenCheckpoint[] {
  if (call === null || call.args[0] !== productId) return [];
  if (call.name === 'batchAddCheckpoints') return call.args[1];
  if (call.name === 'addCheckpoint') {
    const [, status, location, additionalData] = call.args;
    return [{ status, location, temperature: '', humidity: '', additionalData }];
  }
  if (call.name !== 'addCheckpointWithEnvironment') return [];
  const [, status, location, temperature, humidity, additionalData] = call.args;
  return [{ status, location, temperature, humidity, additionalData }];
}
