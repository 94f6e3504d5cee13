/** The names of the contract kinds, apart from their definitions: the configuration needs the names and not the ABIs. */
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

declare module '../engine/register.ts' {
  interface Register {
    contractKind: (typeof contractKinds)[number];
  }
}
