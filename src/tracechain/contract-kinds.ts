/** Written by `npm run generate` from the areas’ contracts: the configuration needs this much of them without the ABIs. */
export const contractKinds = [
  'ProductRegistry',
  'NFTCertificate',
  'NFTFactory',
  'ProductFactory',
  'ComplianceFactory',
  'TraceToken',
  'PaymentContract',
  'RewardsDistributor',
  'ComplianceContract',
  'TraceAccessControl',
] as const;

/** For a kind that needs a product registry: the key of its entry that names the registry. */
export const registryKeys = {
  NFTCertificate: 'registry',
  NFTFactory: 'childRegistry',
  PaymentContract: 'registry',
  ComplianceContract: 'registry',
} as const;

declare module '../engine/register.ts' {
  interface Register {
    contractKind: (typeof contractKinds)[number];
  }
}
