/** Roles, limits and multi-signature proposals. The events have all values, so no reads are needed. */
import { traceAccessControlAbi as abi } from '../../../abis/index.ts';
import { defineKind } from '../../engine/contract/kind.ts';

export const traceAccessControl = defineKind({ abi, reads: {} });
