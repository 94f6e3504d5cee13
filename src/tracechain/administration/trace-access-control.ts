/** Roles, limits and multi-signature proposals; its events say everything. */
import { traceAccessControlAbi as abi } from '../../../abis/index.ts';
import { defineKind } from '../../engine/contract/kind.ts';

export const traceAccessControl = defineKind({ abi, reads: {} });
