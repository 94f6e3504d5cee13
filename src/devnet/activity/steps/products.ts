import type { Address } from '../../../primitives/hex.ts';
import { callOf } from '../action.ts';
import type { Action } from '../action.ts';
import { contractAt } from '../contracts.ts';
import { checkpointText, newProduct, nextStages, type Part, secondsPerDay } from '../wording.ts';
import { goodsOfName, remarks, stageSpellings } from '../vocabulary.ts';
import type { Stage } from '../vocabulary.ts';
import type { Product } from '../world/products.ts';
import { actorAt, isOpen, openContract } from './step.ts';
import type { Scene, Step } from './step.ts';

/** `registerProduct` by this maker. */
export function registration(scene: Scene, registry: Address, maker: Address): Action {
  const product = newProduct(scene.random, scene.world.time);
  return callOf(contractAt('ProductRegistry', registry), maker, 'registerProduct', [
    product.productName,
    product.productType,
    product.batchNumber,
    product.manufactureDate,
    product.expiryDate,
    product.rawMaterials,
    product.metadataURI,
  ]);
}

const register: Step = {
  name: 'register',
  weight: 8,
  causes: ['ProductRegistry.ProductRegistered', 'ProductRegistry.CheckpointAdded'],
  plan(scene) {
    const registry = openContract(scene, 'ProductRegistry');
    if (registry === undefined) return [];
    return [registration(scene, registry.address, scene.random.pick(scene.cast.makers).address)];
  },
};

const registerBatch: Step = {
  name: 'register batch',
  weight: 1,
  causes: ['ProductRegistry.ProductRegistered'],
  plan(scene) {
    const { random, world, cast } = scene;
    const registry = openContract(scene, 'ProductRegistry');
    if (registry === undefined) return [];
    const products = Array.from({ length: random.integer(2, 6) }, () => newProduct(random, world.time));
    const maker = random.pick(cast.makers).address;
    return [
      callOf(contractAt('ProductRegistry', registry.address), maker, 'batchRegisterProducts', [products]),
    ];
  },
};

/** A product keeps its first carrier and shop. */
function partner({ cast }: Scene, product: Product, part: Part): Address {
  const group = part === 'carrier' ? cast.carriers : cast.shops;
  const actor = group[Number(product.id % BigInt(group.length))];
  return part === 'maker' || actor === undefined ? product.manufacturer : actor.address;
}

function productClaim(product: Product): string {
  return `product:${product.registry}:${product.id}`;
}

function findProduct(scene: Scene, fits: (product: Product) => boolean): Product | undefined {
  return scene.random.find(
    scene.world.products.list,
    (product) =>
      isOpen(scene, product.registry) && actorAt(scene, product.manufacturer) !== undefined && fits(product),
  );
}

function placedText(scene: Scene, product: Product, stage: Stage, by: Address) {
  return checkpointText(scene.random, product.name, stage, actorAt(scene, by)?.place);
}

/** The product's next checkpoint; if the reporting account is not a stakeholder yet, it is added. */
const travel: Step = {
  name: 'travel',
  weight: 40,
  causes: ['ProductRegistry.CheckpointAdded'],
  plan(scene) {
    const product = findProduct(scene, ({ isActive, stage }) => isActive && nextStages[stage].length > 0);
    if (product === undefined) return [];
    const { stage, by: part } = scene.random.pick(nextStages[product.stage]);
    const by = partner(scene, product, part);
    const registry = contractAt('ProductRegistry', product.registry);
    const claims = [productClaim(product)];
    if (!product.stakeholders.has(by)) {
      return [callOf(registry, product.manufacturer, 'addStakeholder', [product.id, by], { claims })];
    }
    const text = placedText(scene, product, stage, by);
    if (scene.random.chance(0.25)) {
      const brief = [product.id, text.status, text.location, text.additionalData] as const;
      return [callOf(registry, by, 'addCheckpoint', brief, { claims })];
    }
    return [
      callOf(
        registry,
        by,
        'addCheckpointWithEnvironment',
        [product.id, text.status, text.location, text.temperature, text.humidity, text.additionalData],
        { claims },
      ),
    ];
  },
};

/** A maker completes a product in one round. */
const finishAtPlant: Step = {
  name: 'finish at plant',
  weight: 4,
  causes: ['ProductRegistry.CheckpointAdded'],
  plan(scene) {
    const product = findProduct(scene, ({ isActive, stage }) => isActive && stage === 'manufactured');
    if (product === undefined) return [];
    const texts = (['quality_checked', 'packaged'] as const).map((stage) =>
      placedText(scene, product, stage, product.manufacturer),
    );
    const registry = contractAt('ProductRegistry', product.registry);
    const claims = [productClaim(product)];
    return [callOf(registry, product.manufacturer, 'batchAddCheckpoints', [product.id, texts], { claims })];
  },
};

const handOver: Step = {
  name: 'hand over',
  weight: 4,
  causes: ['ProductRegistry.StakeholderAdded'],
  plan(scene) {
    const consumer = scene.random.pick(scene.cast.consumers).address;
    const product = findProduct(
      scene,
      ({ stakeholders, isActive }) => isActive && !stakeholders.has(consumer),
    );
    if (product === undefined) return [];
    const registry = contractAt('ProductRegistry', product.registry);
    const claims = [productClaim(product)];
    return [callOf(registry, product.manufacturer, 'addStakeholder', [product.id, consumer], { claims })];
  },
};

const letGo: Step = {
  name: 'let go',
  weight: 1,
  causes: ['ProductRegistry.StakeholderRemoved'],
  plan(scene) {
    const product =
      findProduct(scene, ({ stakeholders, stage }) => stakeholders.size > 1 && stage === 'sold') ??
      findProduct(scene, ({ stakeholders }) => stakeholders.size > 1);
    if (product === undefined) return [];
    const others = [...product.stakeholders].filter((address) => address !== product.manufacturer);
    const registry = contractAt('ProductRegistry', product.registry);
    const removed = scene.random.pick(others);
    const claims = [productClaim(product)];
    return [callOf(registry, product.manufacturer, 'removeStakeholder', [product.id, removed], { claims })];
  },
};

const correctCheckpoint: Step = {
  name: 'correct checkpoint',
  weight: 2,
  causes: ['ProductRegistry.CheckpointUpdated'],
  plan(scene) {
    const product = findProduct(scene, ({ checkpointCount }) => checkpointCount > 0);
    if (product === undefined) return [];
    const { random } = scene;
    const index = BigInt(random.integer(0, product.checkpointCount - 1));
    // Only the latest checkpoint's status is known here: correcting the first one keeps the journey's stage as it is.
    const stage = index === 0n ? 'manufactured' : product.stage;
    const text = placedText(scene, product, stage, product.manufacturer);
    const { status, location, temperature, humidity } = text;
    return [
      callOf(
        contractAt('ProductRegistry', product.registry),
        product.manufacturer,
        'updateCheckpoint',
        [product.id, index, status, location, temperature, humidity, 'corrected'],
        { claims: [productClaim(product)] },
      ),
    ];
  },
};

const update: Step = {
  name: 'update',
  weight: 3,
  causes: ['ProductRegistry.ProductUpdated'],
  plan(scene) {
    const product = findProduct(scene, ({ isActive }) => isActive);
    const kind = product === undefined ? undefined : goodsOfName(product.name);
    if (product === undefined || kind === undefined) return [];
    const { random, world } = scene;
    const [plainName] = product.name.split(' · ');
    const expiryDate = world.time + BigInt(kind.shelfLifeDays ?? 3650) * secondsPerDay;
    return [
      callOf(
        contractAt('ProductRegistry', product.registry),
        product.manufacturer,
        'updateProduct',
        [
          product.id,
          `${plainName} · revision ${random.integer(2, 9)}`,
          kind.productType,
          expiryDate,
          random.sample(kind.rawMaterials, 2),
          `ipfs://bafybei${random.bytes(16).slice(2)}`,
        ],
        { claims: [productClaim(product)] },
      ),
    ];
  },
};

const recall: Step = {
  name: 'recall',
  weight: 1,
  causes: ['ProductRegistry.CheckpointAdded', 'ProductRegistry.ProductDeleted'],
  plan(scene) {
    const product = findProduct(
      scene,
      ({ isActive, stage }) => isActive && ['in_transit', 'received', 'stored', 'sold'].includes(stage),
    );
    if (product === undefined) return [];
    const { random } = scene;
    const registry = contractAt('ProductRegistry', product.registry);
    const status = random.pick(stageSpellings.recalled);
    const location = actorAt(scene, product.manufacturer)?.place ?? '';
    const notice = [product.id, status, location, random.pick(remarks.recall)] as const;
    const claims = [productClaim(product)];
    return [
      callOf(registry, product.manufacturer, 'addCheckpoint', notice, { claims }),
      callOf(registry, product.manufacturer, 'deleteProduct', [product.id], { claims }),
    ];
  },
};

const reactivate: Step = {
  name: 'reactivate',
  weight: 0.5,
  causes: ['ProductRegistry.ProductReactivated'],
  plan(scene) {
    const product = findProduct(scene, ({ isActive }) => !isActive);
    if (product === undefined) return [];
    const claims = [productClaim(product)];
    const registry = contractAt('ProductRegistry', product.registry);
    return [callOf(registry, product.manufacturer, 'reactivateProduct', [product.id], { claims })];
  },
};

export const productSteps: readonly Step[] = [
  register,
  registerBatch,
  travel,
  finishAtPlant,
  handOver,
  letGo,
  correctCheckpoint,
  update,
  recall,
  reactivate,
];
