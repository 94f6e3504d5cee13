/** Generates products: registered, transported, transferred, recalled. */
import type { Address } from '../../primitives/hex.ts';
import { remarks, stageSpellings, type Stage } from '../activity/vocabulary.ts';
import { checkpointText, newProduct, nextStages, type Part } from '../activity/wording.ts';
import { busyOne } from './users.ts';
import type { Happening, DatasetWorld, MadeProduct } from './world.ts';

function register(world: DatasetWorld): void {
  const { random, people, chronicle, contracts, products } = world;
  const maker = busyOne(random, people.makers);
  if (maker === undefined) return;
  const { metadataURI: metadataUri, ...written } = newProduct(random, chronicle.time);
  const product: MadeProduct = {
    id: BigInt(products.length + 1),
    state: { ...written, metadataUri, manufacturer: maker, stakeholders: [], isActive: true },
    stakeholders: new Set([maker]),
    carrier: random.pick(people.carriers),
    shop: busyOne(random, people.shops) ?? maker,
    stage: 'manufactured',
    checkpoints: [],
    checks: [],
  };
  products.push(product);
  chronicle.beginTransaction();
  // As in the contract: the first checkpoint is emitted before the product.
  addCheckpoint(world, product, 'manufactured', maker);
  const { productName, batchNumber } = product.state;
  const args = { productId: product.id, productName, manufacturer: maker, batchNumber };
  chronicle.event(contracts.registry, 'ProductRegistered', args, () => stateAnswer(product));
}

function addCheckpoint(world: DatasetWorld, product: MadeProduct, stage: Stage, by: Address): void {
  const { random, chronicle, contracts } = world;
  product.stage = stage;
  const index = product.checkpoints.length;
  const text = checkpointText(random, product.state.productName, stage);
  product.checkpoints.push({ ...text, timestamp: chronicle.time, stakeholder: by });
  chronicle.event(
    contracts.registry,
    'CheckpointAdded',
    { productId: product.id, checkpointIndex: BigInt(index), stakeholder: by, status: text.status },
    () => ({ source: 'state', checkpoint: product.checkpoints[index] ?? null }),
  );
}

/** The product's next checkpoint; if the reporting user is not a stakeholder yet, it is added. */
function travel(world: DatasetWorld): void {
  const product = findProduct(
    world,
    ({ state, stage }) => state.isActive && (nextStages[stage].length > 0 || world.random.chance(0.02)),
  );
  if (product === undefined) return;
  world.chronicle.beginTransaction();
  const steps = nextStages[product.stage];
  if (steps.length === 0) return addCheckpoint(world, product, product.stage, product.shop);
  const { stage, by } = world.random.pick(steps);
  const who = partner(product, by);
  if (!product.stakeholders.has(who)) addStakeholder(world, product, who);
  else addCheckpoint(world, product, stage, who);
}

function partner(product: MadeProduct, part: Part): Address {
  if (part === 'carrier') return product.carrier;
  return part === 'shop' ? product.shop : product.state.manufacturer;
}

function addStakeholder({ chronicle, contracts }: DatasetWorld, product: MadeProduct, who: Address): void {
  product.stakeholders.add(who);
  const addedBy = product.state.manufacturer;
  chronicle.event(
    contracts.registry,
    'StakeholderAdded',
    { productId: product.id, stakeholder: who },
    () => ({
      source: 'calldata',
      addedBy,
    }),
  );
}

function handOver(world: DatasetWorld): void {
  const consumer = busyOne(world.random, world.people.consumers);
  const product = findProduct(world, ({ state }) => state.isActive);
  if (product === undefined || consumer === undefined || product.stakeholders.has(consumer)) return;
  world.chronicle.beginTransaction();
  addStakeholder(world, product, consumer);
}

function letGo(world: DatasetWorld): void {
  const { random, chronicle, contracts } = world;
  const product = findProduct(world, ({ stakeholders }) => stakeholders.size > 1);
  if (product === undefined) return;
  const others = [...product.stakeholders].filter((address) => address !== product.state.manufacturer);
  const stakeholder = random.pick(others);
  product.stakeholders.delete(stakeholder);
  chronicle.beginTransaction();
  chronicle.event(contracts.registry, 'StakeholderRemoved', { productId: product.id, stakeholder });
}

function revise(world: DatasetWorld): void {
  const { random, chronicle, contracts } = world;
  const product = findProduct(world, ({ state }) => state.isActive);
  if (product === undefined) return;
  const [plainName] = product.state.productName.split(' · ');
  product.state.productName = `${plainName} · revision ${random.integer(2, 9)}`;
  const { productName, manufacturer: updater } = product.state;
  chronicle.beginTransaction();
  chronicle.event(contracts.registry, 'ProductUpdated', { productId: product.id, productName, updater }, () =>
    stateAnswer(product),
  );
}

function recall(world: DatasetWorld): void {
  const { random, chronicle, contracts } = world;
  const product = findProduct(world, ({ state, stage }) => state.isActive && stage !== 'manufactured');
  if (product === undefined) return;
  const deleter = product.state.manufacturer;
  const index = product.checkpoints.length;
  const status = random.pick(stageSpellings.recalled);
  const text = {
    status,
    location: '',
    temperature: '',
    humidity: '',
    additionalData: random.pick(remarks.recall),
  };
  product.checkpoints.push({ ...text, timestamp: chronicle.time, stakeholder: deleter });
  product.stage = 'recalled';
  chronicle.beginTransaction();
  chronicle.event(
    contracts.registry,
    'CheckpointAdded',
    { productId: product.id, checkpointIndex: BigInt(index), stakeholder: deleter, status },
    () => ({ source: 'state', checkpoint: product.checkpoints[index] ?? null }),
  );
  product.state.isActive = false;
  chronicle.beginTransaction();
  chronicle.event(contracts.registry, 'ProductDeleted', { productId: product.id, deleter }, () =>
    stateAnswer(product),
  );
}

function stateAnswer(product: MadeProduct) {
  return { source: 'state', product: { ...product.state, stakeholders: [...product.stakeholders] } } as const;
}

export function findProduct(
  { random, products }: DatasetWorld,
  fits: (product: MadeProduct) => boolean,
): MadeProduct | undefined {
  return random.find(products, fits);
}

export const productHappenings: readonly Happening[] = [
  { weight: 8, happen: register },
  { weight: 42, happen: travel },
  { weight: 4, happen: handOver },
  { weight: 1, happen: letGo },
  { weight: 2, happen: revise },
  { weight: 0.5, happen: recall },
];
