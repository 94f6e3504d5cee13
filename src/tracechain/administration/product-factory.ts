/** Creates product registries. */
import { productFactoryAbi as abi } from '../../../abis/index.ts';
import { defineKind } from '../../engine/contract/kind.ts';

export const productFactory = defineKind({
  abi,
  reads: {},
  children: {
    RegistryCreated: ({ registryAddress }) => ({
      address: registryAddress,
      kind: 'ProductRegistry',
      registry: null,
    }),
  },
});
