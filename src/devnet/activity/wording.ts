/**
 * Texts and arguments of calls, in the vocabulary's words. They depend only on randomness and time, so that the activity (by transactions) and
 * src/devnet/dataset (without a chain) make data of the same kind.
 */
import type { Random } from './random.ts';
import { goods, goodsOfName, hubs, remarks, stageSpellings } from './vocabulary.ts';
import type { Goods, Stage } from './vocabulary.ts';

export const secondsPerDay = 86_400n;

/** The arguments of `registerProduct` for one of the goods. */
export function newProduct(random: Random, time: bigint) {
  const kind = random.pick(goods);
  const manufactureDate = time - BigInt(random.integer(0, 5 * 86_400));
  return {
    productName: random.pick(kind.names),
    productType: random.chance(0.2) ? kind.productType.toLowerCase() : kind.productType,
    batchNumber: `${kind.productType.slice(0, 2).toUpperCase()}-${random.bytes(6).slice(2).toUpperCase()}`,
    manufactureDate,
    expiryDate:
      kind.shelfLifeDays === null ? 0n : manufactureDate + BigInt(kind.shelfLifeDays) * secondsPerDay,
    rawMaterials: random.sample(kind.rawMaterials, random.integer(1, 3)),
    metadataURI: `ipfs://bafybei${random.bytes(16).slice(2)}`,
  } as const;
}

export type Part = 'maker' | 'carrier' | 'shop';

/** The possible next stages after each stage, and the account that reports them. */
export const nextStages: Readonly<Record<Stage, readonly { readonly stage: Stage; readonly by: Part }[]>> = {
  manufactured: [{ stage: 'quality_checked', by: 'maker' }],
  quality_checked: [{ stage: 'packaged', by: 'maker' }],
  packaged: [{ stage: 'shipped', by: 'carrier' }],
  shipped: [{ stage: 'in_transit', by: 'carrier' }],
  in_transit: [
    { stage: 'in_transit', by: 'carrier' },
    { stage: 'received', by: 'shop' },
  ],
  received: [{ stage: 'stored', by: 'shop' }],
  stored: [{ stage: 'sold', by: 'shop' }],
  sold: [],
  recalled: [{ stage: 'disposed', by: 'maker' }],
  disposed: [],
};

function reading([low, high]: readonly [number, number], random: Random, unit: string): string {
  return `${(random.integer(low * 10, high * 10) / 10).toFixed(1)} ${unit}`;
}

function conditions(kind: Goods | undefined, random: Random): { temperature: string; humidity: string } {
  return {
    temperature: reading(kind?.temperature ?? [15, 25], random, '°C'),
    humidity: reading(kind?.humidity ?? [30, 60], random, '% RH'),
  };
}

/** A checkpoint of a product at a stage of its journey; `place` is the address of the reporting account. */
export function checkpointText(random: Random, productName: string, stage: Stage, place?: string) {
  return {
    status: random.pick(stageSpellings[stage]),
    location: stage === 'in_transit' ? random.pick(hubs) : (place ?? random.pick(hubs)),
    ...conditions(goodsOfName(productName), random),
    additionalData: random.chance(0.3)
      ? JSON.stringify({ seal: random.bytes(3), parcels: random.integer(1, 40) })
      : '',
  };
}

/** The arguments of `mintCertificate` after the product and the owner. */
export function newCertificate(random: Random, productName: string, time: bigint) {
  const kind = goodsOfName(productName) ?? random.pick(goods);
  // Some validity periods are so short that a later verification finds the certificate expired.
  const validDays = random.chance(0.1) ? 1n : BigInt(random.integer(90, 720));
  return {
    certificateType: random.pick(kind.certificateTypes),
    metadataUri: `ipfs://bafkrei${random.bytes(16).slice(2)}`,
    complianceStandards: random.sample(kind.standards, random.integer(1, 2)),
    expiresAt: random.chance(0.1) ? 0n : time + validDays * secondsPerDay,
  } as const;
}

/** The result of an auditor's check. */
export function verdict(random: Random) {
  const passed = random.chance(0.85);
  return {
    passed,
    evidence: `${random.pick(remarks.evidence)} ipfs://bafkrei${random.bytes(12).slice(2)}`,
    confidence: BigInt(passed ? random.integer(80, 100) : random.integer(60, 95)),
    notes: passed ? random.pick(remarks.notes) : 'deviation found, corrective action requested',
  };
}
