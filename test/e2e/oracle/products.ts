/** Product registries: what `getProduct` and `productCheckpoints` answer, and the logs where they keep no state. */
import { createHash } from 'node:crypto';
import type { Hex } from 'viem';
import { productRegistryAbi as abi } from '../../../abis/index.ts';
import { eventsOf, known } from './history.ts';
import type { History, HistoryCall, TypedEvent } from './history.ts';
import { groupBy, number, provenance, reference, time, user } from './row.ts';
import type { ExpectedRow, ExpectedTables } from './row.ts';

const eventNames = [
  'ProductRegistered',
  'CheckpointAdded',
  'CheckpointUpdated',
  'ProductUpdated',
  'ProductDeleted',
  'ProductReactivated',
  'StakeholderAdded',
  'StakeholderRemoved',
] as const;

type ProductEvent = TypedEvent<'ProductRegistry', (typeof eventNames)[number]>;

/** Functions that change a product and say nothing: its row keeps what its last event found. */
const silentFunctions = ['updateMetadataURI', 'deactivateProduct'];

export async function expectProducts(history: History): Promise<ExpectedTables> {
  const events = eventsOf(history, 'ProductRegistry', ...eventNames);
  const groups = groupBy(events, ({ address, args }) => `${address} ${args.productId}`);
  const products = await Promise.all([...groups.values()].map((group) => expectProduct(history, group)));
  return {
    products: products.map(({ product }) => product),
    product_stakeholders: products.flatMap(({ stakeholders }) => stakeholders),
    checkpoints: products.flatMap(({ checkpoints }) => checkpoints),
    traceability_chain: products.flatMap(({ links }) => links),
  };
}

async function expectProduct(history: History, events: readonly ProductEvent[]) {
  const registered = known(events.find((event) => event.name === 'ProductRegistered'));
  const { address } = registered;
  const { productId } = registered.args;
  const product = reference('products', address, productId);
  const blockNumber = readableAt(history, address, productId, events);
  const state = await history.client.readContract({
    abi,
    address,
    functionName: 'getProduct',
    args: [productId],
    blockNumber,
  });
  const checkpoints = await readCheckpoints(history, address, productId, events);
  return {
    product: productRow(history, registered, events, state),
    stakeholders: stakeholderRows(history, product, events, state.stakeholders),
    checkpoints: checkpoints.map((checkpoint) => checkpointRow(history, product, checkpoint)),
    links: checkpoints.map((to, index) => linkRow(history, product, checkpoints[index - 1], to)),
  };
}

/** The head; but for a product that was changed silently, the block of its last event that made the indexer look. */
function readableAt(
  history: History,
  address: Hex,
  productId: bigint,
  events: readonly ProductEvent[],
): bigint {
  const isSilentlyChanged = history.calls.some((call) => isOf(call, address, productId));
  if (!isSilentlyChanged) return history.head.number;
  return known(events.findLast(({ name }) => changesProduct.includes(name))).block.number;
}

function isOf(call: HistoryCall, address: Hex, productId: bigint): boolean {
  return call.address === address && silentFunctions.includes(call.name) && call.args[0] === productId;
}

const changesProduct = ['ProductRegistered', 'ProductUpdated', 'ProductDeleted', 'ProductReactivated'];

type Read = Awaited<ReturnType<typeof readProduct>>;
function readProduct(history: History, address: Hex, productId: bigint) {
  return history.client.readContract({ abi, address, functionName: 'getProduct', args: [productId] });
}

const productTypes =
  'pharmaceutical electronics luxury food clothing cosmetics automotive agricultural'.split(' ');
const checkpointStatuses =
  'manufactured quality_checked packaged shipped in_transit received stored sold recalled disposed'.split(
    ' ',
  );

/** Whatever its case and spacing; anything unknown is `other`. */
function oneOf(names: readonly string[], text: string): string {
  const plain = (name: string) => name.toLowerCase().replaceAll(/[\s_-]/g, '');
  return names.find((name) => plain(name) === plain(text)) ?? 'other';
}

function productRow(
  history: History,
  registered: TypedEvent<'ProductRegistry', 'ProductRegistered'>,
  events: readonly ProductEvent[],
  state: Read,
): ExpectedRow {
  const concerned = events.filter(
    ({ name }) =>
      name === 'CheckpointAdded' || (name !== 'ProductRegistered' && changesProduct.includes(name)),
  );
  const deleted = state.isActive ? undefined : events.findLast((event) => event.name === 'ProductDeleted');
  const added = events.findLast((event) => event.name === 'CheckpointAdded');
  const touched = [registered, ...concerned].map(({ block }) => block.timestamp);
  return {
    product_id: number(state.productId),
    product_name: state.productName,
    product_type: oneOf(productTypes, state.productType),
    product_type_text: state.productType,
    manufacturer_id: user(state.manufacturer),
    batch_number: state.batchNumber,
    batch_number_digest: `0x${createHash('sha256').update(state.batchNumber).digest('hex')}`,
    manufacture_date: time(state.manufactureDate),
    expiry_date: time(state.expiryDate),
    raw_materials: state.rawMaterials,
    is_active: state.isActive,
    metadata_uri: state.metadataURI,
    deactivated_at: deleted === undefined ? null : number(deleted.block.timestamp),
    deactivated_by: deleted === undefined ? null : user(deleted.args.deleter),
    created_at: number(registered.block.timestamp),
    updated_at: number(touched.reduce((latest, one) => (one > latest ? one : latest))),
    latest_checkpoint_index: added === undefined ? null : number(added.args.checkpointIndex),
    ...provenance(history.chainId, registered, concerned),
  };
}

type StakeholderEvent = TypedEvent<
  'ProductRegistry',
  'ProductRegistered' | 'StakeholderAdded' | 'StakeholderRemoved'
>;

function isStakeholderEvent(event: ProductEvent): event is StakeholderEvent {
  return ['ProductRegistered', 'StakeholderAdded', 'StakeholderRemoved'].includes(event.name);
}

function stakeholderOf(event: StakeholderEvent): string {
  return event.name === 'ProductRegistered' ? event.args.manufacturer : event.args.stakeholder;
}

function stakeholderRows(
  history: History,
  product: string,
  events: readonly ProductEvent[],
  current: readonly string[],
): ExpectedRow[] {
  const active = new Set(current.map((wallet) => wallet.toLowerCase()));
  return [...groupBy(events.filter(isStakeholderEvent), stakeholderOf)].map(([wallet, group]) => {
    const [made, ...changes] = group as [StakeholderEvent, ...StakeholderEvent[]];
    const added = known(group.findLast(({ name }) => name !== 'StakeholderRemoved'));
    return {
      product_id: product,
      stakeholder_id: user(wallet),
      role: made.name === 'ProductRegistered' ? 'manufacturer' : null,
      added_at: number(added.block.timestamp),
      // A registration's own event names who it is; adding is told by the sender of a direct call alone.
      added_by: added.name === 'ProductRegistered' ? user(wallet) : callerOf(history, added),
      is_active: active.has(wallet),
      ...provenance(history.chainId, made, changes),
    };
  });
}

function callerOf({ calls }: History, added: StakeholderEvent): string | null {
  const call = calls.find(
    ({ name, transaction }) => name === 'addStakeholder' && transaction.hash === added.transaction.hash,
  );
  return call?.address === added.address ? user(call.transaction.from) : null;
}

interface Checkpoint {
  readonly index: bigint;
  readonly timestamp: bigint;
  readonly location: string;
  readonly stakeholder: string;
  readonly status: string;
  readonly temperature: string;
  readonly humidity: string;
  readonly additionalData: string;
  readonly added: ProductEvent;
  readonly updates: readonly ProductEvent[];
}

/** In the order of their indexes. */
async function readCheckpoints(
  history: History,
  address: Hex,
  productId: bigint,
  events: readonly ProductEvent[],
): Promise<Checkpoint[]> {
  const additions = events.filter((event) => event.name === 'CheckpointAdded');
  const checkpoints = additions.map(async (added): Promise<Checkpoint> => {
    const index = added.args.checkpointIndex;
    const updates = events.filter(
      (event) => event.name === 'CheckpointUpdated' && event.args.checkpointIndex === index,
    );
    return { index, ...(await readCheckpoint(history, address, productId, index)), added, updates };
  });
  return (await Promise.all(checkpoints)).toSorted((left, right) => Number(left.index - right.index));
}

async function readCheckpoint({ client, head }: History, address: Hex, productId: bigint, index: bigint) {
  const [timestamp, location, stakeholder, status, temperature, humidity, additionalData] =
    await client.readContract({
      abi,
      address,
      functionName: 'productCheckpoints',
      args: [productId, index],
      blockNumber: head.number,
    });
  return { timestamp, location, stakeholder, status, temperature, humidity, additionalData };
}

function checkpointRow(history: History, product: string, checkpoint: Checkpoint): ExpectedRow {
  const { added, updates } = checkpoint;
  return {
    product_id: product,
    checkpoint_index: number(checkpoint.index),
    timestamp: number(checkpoint.timestamp),
    location: checkpoint.location,
    stakeholder_id: user(checkpoint.stakeholder),
    status: oneOf(checkpointStatuses, checkpoint.status),
    status_text: checkpoint.status,
    temperature: checkpoint.temperature,
    humidity: checkpoint.humidity,
    additional_data: checkpoint.additionalData,
    created_at: number(added.block.timestamp),
    ...provenance(history.chainId, added, updates),
  };
}

function inChainOrder(left: ProductEvent, right: ProductEvent): number {
  return Number(left.block.number - right.block.number) || left.logIndex - right.logIndex;
}

const secondsPerHour = 3600n;

function linkRow(
  history: History,
  product: string,
  from: Checkpoint | undefined,
  to: Checkpoint,
): ExpectedRow {
  const updates = [...(from?.updates ?? []), ...to.updates]
    .filter((update) => inChainOrder(to.added, update) < 0)
    .toSorted(inChainOrder);
  const seconds = from === undefined ? null : to.timestamp - from.timestamp;
  return {
    product_id: product,
    checkpoint_id: `checkpoints(${product}, ${to.index})`,
    sequence_order: number(to.index),
    from_location: from?.location ?? null,
    to_location: to.location,
    from_stakeholder_id: from === undefined ? null : user(from.stakeholder),
    to_stakeholder_id: user(to.stakeholder),
    // To the millionth of an hour, which is cut off.
    duration_hours: seconds === null ? null : decimal((seconds * 1_000_000n) / secondsPerHour, 6),
    created_at: number(to.added.block.timestamp),
    ...provenance(history.chainId, to.added, updates),
  };
}

function decimal(units: bigint, places: number): string {
  const digits = units.toString().padStart(places + 1, '0');
  return `${digits.slice(0, -places)}.${digits.slice(-places)}`.replace(/\.?0+$/, '');
}

/** The product that another contract's product id means, where there is one. */
export function productLink(history: History, contract: string, productId: bigint): string | null {
  const registry = history.contracts.get(contract)?.registry?.toLowerCase();
  const isRegistered = eventsOf(history, 'ProductRegistry', 'ProductRegistered').some(
    ({ address, args }) => address === registry && args.productId === productId,
  );
  return registry !== undefined && isRegistered ? reference('products', registry, productId) : null;
}
