/** Creates certificate contracts. */
import { nftFactoryAbi as abi } from '../../../abis/index.ts';
import { defineKind } from '../../engine/contract/kind.ts';

export const nftFactory = defineKind({
  abi,
  registryKey: 'childRegistry',
  reads: {},
  children: {
    NFTCertificateDeployed: ({ contractAddress }) => ({
      address: contractAddress,
      kind: 'NFTCertificate',
      registry: null,
    }),
  },
});
