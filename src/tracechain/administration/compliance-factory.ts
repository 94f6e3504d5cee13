/** Creates compliance contracts, each for the registry that its event names. */
import { complianceFactoryAbi as abi } from '../../../abis/index.ts';
import { zeroAddress } from '../../primitives/hex.ts';
import { defineKind } from '../../engine/contract/kind.ts';

export const complianceFactory = defineKind({
  abi,
  reads: {},
  children: {
    ComplianceContractCreated: ({ complianceAddress, productRegistry }) => ({
      address: complianceAddress,
      kind: 'ComplianceContract',
      registry: productRegistry === zeroAddress ? null : productRegistry,
    }),
  },
});
