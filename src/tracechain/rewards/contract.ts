/** Accrued and claimed rewards. The events have all values, so no reads are needed. */
import { rewardsDistributorAbi as abi } from '../../../abis/index.ts';
import { defineKind } from '../../engine/contract/kind.ts';

export const rewardsDistributor = defineKind({ abi, reads: {} });
