/** The compiled fixtures as they are committed, so that a devnet starts without a compiler. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { toHex } from '../src/primitives/hex.ts';
import type { Hex } from '../src/primitives/hex.ts';

/** The contracts that the indexer knows: each has an ABI in `abis/`. */
export const indexedContractNames = [
  'ComplianceContract',
  'ComplianceFactory',
  'NFTCertificate',
  'NFTFactory',
  'PaymentContract',
  'ProductFactory',
  'ProductRegistry',
  'RewardsDistributor',
  'TraceAccessControl',
  'TraceToken',
] as const;

/** Every contract in this folder: the indexed ones and those that only the devnet and the tests use. */
export const fixtureNames = [...indexedContractNames, 'HostileEmitter', 'Multicall3'] as const;
export type FixtureName = (typeof fixtureNames)[number];

export interface Artifact {
  /** What is deployed, constructor arguments excluded. */
  readonly creationCode: Hex;
  /** What is at the address afterwards, immutables still zero. */
  readonly runtimeCode: Hex;
}

const artifactFile = z.object({
  creationCode: z.string().transform(toHex),
  runtimeCode: z.string().transform(toHex),
});

/** Relative to the repository's root. */
export function artifactPath(name: FixtureName): string {
  return `contracts-fixtures/artifacts/${name}.json`;
}

export function readArtifact(name: FixtureName): Artifact {
  const text = readFileSync(new URL(`../${artifactPath(name)}`, import.meta.url), 'utf8');
  return artifactFile.parse(JSON.parse(text));
}
