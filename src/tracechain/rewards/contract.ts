/** Accrued and claimed rewards; its events say everything. */
import { rewardsDistributorAbi as abi } from '../../../abis/index.ts';
import { defineKind } from '../../engine/contract/kind.ts';

export const rewardsDistributor = defineKind({ abi, reads: {} });
