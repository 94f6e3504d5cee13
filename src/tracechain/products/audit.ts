/** Audits a registry's state: products, their stakeholders, their checkpoints and journeys. */
import { hash } from 'node:crypto';
import { productRegistryAbi as abi } from '../../../abis/index.ts';
import type { IndexedContract } from '../../engine/contract/kind.ts';
import type { CallResult } from '../../engine/contract/abi/types.ts';
import type { ReadPlan } from '../../engine/contract/read-plan.ts';
import { viewOf } from '../../engine/contract/views.ts';
import { entityId, type Uuid } from '../../primitives/ids.ts';
import { encodeExact } from '../../primitives/text.ts';
import { areaAudit } from '../../engine/audit/expectations/area-audit.ts';
import {
  type Expectation,
  type EntityQuestion,
  entityKind,
  type RowContext,
} from '../../engine/audit/expectations/entity-kind.ts';
import {
  instant,
  optionalInstant,
  labelNamed,
  secondsIn,
  text,
  texts,
  user,
} from '../../engine/audit/expectations/column-values.ts';
import { checkpointStatus, productType } from '../shared/enums.ts';
import { countedFrom } from '../../engine/audit/expectations/lists.ts';

type Question = EntityQuestion<bigint>;
type Product = CallResult<typeof abi, 'getProduct'>;

interface Checkpoint {
  readonly timestamp: bigint;
  readonly location: string;
  readonly stakeholder: Product['manufacturer'];
  readonly status: string;
  readonly temperature: string;
  readonly humidity: string;
  readonly additionalData: string;
}

const nextProductId = viewOf(abi, 'nextProductId');
const getProduct = viewOf(abi, 'getProduct');
const getCheckpoints = viewOf(abi, 'getCheckpoints');
const productCheckpoints = viewOf(abi, 'productCheckpoints');

const productEntities = entityKind<bigint>({
  name: 'product',
  kind: 'ProductRegistry',
  countedIn: 'products',
  *listed({ address, answerOf }) {
    const [result] = yield [nextProductId.request(address, [])];
    return countedFrom(1n, answerOf(nextProductId, result));
  },
  told: ({ kind, args }) =>
    kind === 'ProductRegistry' && typeof args['productId'] === 'bigint' ? [args['productId']] : [],
  rows: {
    products: (row) => row['productId'] as bigint,
    productStakeholders: ofProduct,
    checkpoints: ofProduct,
    traceabilityChain: ofProduct,
  },
  read: readProduct,
});

export const products = areaAudit('products', {
  tables: {
    products: [productEntities],
    productStakeholders: [productEntities],
    checkpoints: [productEntities],
    traceabilityChain: [productEntities],
  },
});

function ofProduct(row: Readonly<Record<string, unknown>>, { reference }: RowContext): bigint | null {
  const product = reference.row('products', row['productId'] as Uuid);
  return product === undefined ? null : (product['productId'] as bigint);
}

function* readProduct(question: Question): ReadPlan<readonly Expectation[]> {
  const { contract, key, answerOf } = question;
  const { address } = contract;
  const [productResult, checkpointsResult] = yield [
    getProduct.request(address, [key]),
    getCheckpoints.request(address, [key]),
  ];
  if (productResult?.status === 'reverted') return [noProduct(contract, key)];
  const product = answerOf(getProduct, productResult);
  if (product === null) return [];
  const checkpoints =
    checkpointsResult?.status === 'oversized'
      ? yield* readOneByOne(question)
      : answerOf(getCheckpoints, checkpointsResult);
  return [
    productClaim(question, product, checkpoints),
    ...stakeholderClaims(question, product),
    ...(checkpoints === null ? [] : journeyClaims(question, checkpoints)),
  ];
}

/**
 * Reads a journey that is too long for one answer. Returns null if any checkpoint is unknown, because its
 * neighbours depend on it.
 */
function* readOneByOne({ contract, key, reference, answerOf }: Question): ReadPlan<Checkpoint[] | null> {
  const known = reference.where('checkpoints', 'productId', productId(contract, key)).length;
  const requests = Array.from({ length: known }, (_, index) =>
    productCheckpoints.request(contract.address, [key, BigInt(index)]),
  );
  const answers = (yield requests).map((result) => answerOf(productCheckpoints, result));
  const checkpoints = answers.flatMap((answer) => {
    if (answer === null) return [];
    const [timestamp, location, stakeholder, status, temperature, humidity, additionalData] = answer;
    return [{ timestamp, location, stakeholder, status, temperature, humidity, additionalData }];
  });
  return checkpoints.length === known ? checkpoints : null;
}

function noProduct(contract: IndexedContract, key: bigint): Expectation {
  const rowId = productId(contract, key);
  return { table: 'products', rowId, entity: `product ${key}`, exists: false, values: {} };
}

function productClaim(
  { contract, key }: Question,
  product: Product,
  checkpoints: readonly Checkpoint[] | null,
): Expectation {
  const digest = `0x${hash('sha256', encodeExact(product.batchNumber), 'hex')}`;
  return {
    table: 'products',
    rowId: productId(contract, key),
    entity: `product ${key}`,
    exists: true,
    values: {
      productId: key,
      productName: text(product.productName),
      productType: typeNamed(product.productType),
      productTypeText: text(product.productType),
      manufacturerId: user(product.manufacturer),
      batchNumber: text(product.batchNumber),
      batchNumberDigest: digest,
      manufactureDate: optionalInstant(product.manufactureDate),
      expiryDate: optionalInstant(product.expiryDate),
      rawMaterials: texts(product.rawMaterials),
      isActive: product.isActive,
      metadataUri: text(product.metadataURI),
      ...(checkpoints === null
        ? {}
        : { latestCheckpointIndex: checkpoints.length === 0 ? null : BigInt(checkpoints.length - 1) }),
    },
  };
}

/** A stakeholder on the contract's list is active; one with a row that is no longer on the list is not. */
function stakeholderClaims({ contract, key, reference }: Question, product: Product): Expectation[] {
  const present = new Map(
    product.stakeholders.map((wallet) => [stakeholderId(contract, key, wallet), wallet]),
  );
  const listed = [...present].map(([rowId, wallet]): Expectation => {
    const values = { stakeholderId: user(wallet), productId: productId(contract, key), isActive: true };
    const entity = `stakeholder ${wallet} of product ${key}`;
    return { table: 'productStakeholders', rowId, entity, exists: true, values };
  });
  const gone = reference
    .where('productStakeholders', 'productId', productId(contract, key))
    .filter((row) => !present.has(row['id'] as Uuid))
    .map((row): Expectation => {
      const rowId = row['id'] as Uuid;
      const entity = `stakeholder ${row['stakeholderId'] as string} of product ${key}`;
      return { table: 'productStakeholders', rowId, entity, exists: null, values: { isActive: false } };
    });
  return [...listed, ...gone];
}

const secondsAnHour = 3600n;

/** The checkpoints, and the link to each from the previous one. */
function journeyClaims(
  { contract, key, reference }: Question,
  checkpoints: readonly Checkpoint[],
): Expectation[] {
  const product = productId(contract, key);
  const expectations = checkpoints.flatMap((checkpoint, position): Expectation[] => {
    const index = BigInt(position);
    const before = position === 0 ? null : (checkpoints[position - 1] ?? null);
    const stakeholder = user(checkpoint.stakeholder);
    const at = instant(checkpoint.timestamp);
    const from = before === null ? null : instant(before.timestamp);
    const rowId = partId(contract, 'checkpoints', key, index);
    const readBy = [productCheckpoints.request(contract.address, [key, index])];
    return [
      {
        table: 'checkpoints',
        rowId,
        entity: `checkpoint ${index} of product ${key}`,
        exists: true,
        readBy,
        values: {
          productId: product,
          checkpointIndex: index,
          timestamp: at,
          location: text(checkpoint.location),
          stakeholderId: stakeholder,
          status: statusNamed(checkpoint.status),
          statusText: text(checkpoint.status),
          temperature: text(checkpoint.temperature),
          humidity: text(checkpoint.humidity),
          additionalData: text(checkpoint.additionalData),
        },
      },
      {
        table: 'traceabilityChain',
        rowId: partId(contract, 'traceability_chain', key, index),
        entity: `the way to checkpoint ${index} of product ${key}`,
        exists: true,
        readBy,
        values: {
          productId: product,
          checkpointId: rowId,
          sequenceOrder: index,
          fromLocation: before === null ? null : text(before.location),
          toLocation: text(checkpoint.location),
          fromStakeholderId: before === null ? null : user(before.stakeholder),
          toStakeholderId: stakeholder,
          durationHours: from === null || at === null ? null : secondsIn(at - from, secondsAnHour),
        },
      },
    ];
  });
  return [...expectations, ...surplusCheckpoints(reference, product, checkpoints.length, key)];
}

function surplusCheckpoints(
  reference: Question['reference'],
  product: Uuid,
  count: number,
  key: bigint,
): Expectation[] {
  return reference
    .where('checkpoints', 'productId', product)
    .filter((row) => (row['checkpointIndex'] as bigint) >= BigInt(count))
    .map((row) => {
      const entity = `checkpoint ${row['checkpointIndex'] as bigint} of product ${key}`;
      return { table: 'checkpoints', rowId: row['id'] as Uuid, entity, exists: false, values: {} };
    });
}

function productId({ chainId, address }: IndexedContract, number: bigint): Uuid {
  return entityId({ chainId, contract: address, table: 'products', number });
}

function stakeholderId({ chainId, address }: IndexedContract, number: bigint, wallet: string): Uuid {
  return entityId({ chainId, contract: address, table: 'product_stakeholders', number, parts: [wallet] });
}

function partId({ chainId, address }: IndexedContract, table: string, number: bigint, index: bigint): Uuid {
  return entityId({ chainId, contract: address, table, number, parts: [index] });
}

function typeNamed(exact: string): string {
  return labelNamed(productType.enumValues, exact);
}

function statusNamed(exact: string): string {
  return labelNamed(checkpointStatus.enumValues, exact);
}
