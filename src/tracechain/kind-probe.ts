/**
 * A read that contracts of one kind answer and other contracts rarely do. Serves to check the contract at an
 * address.
 */
import type { ReadRequest, ReadResult } from '../engine/rpc/types.ts';
import { zeroAddress } from '../primitives/hex.ts';
import type { Address } from '../primitives/hex.ts';
import type { ContractKind } from '../engine/contract/kind.ts';
import { kinds } from './index.ts';
import { viewOf } from '../engine/contract/views.ts';

export interface KindProbe {
  readonly getter: string;
  request(target: Address): ReadRequest;
  /** Returns whether the result is a value of the getter's return type. */
  isAnswered(result: ReadResult): boolean;
}

const nextProductId = viewOf(kinds.ProductRegistry.abi, 'nextProductId');
const mintingFee = viewOf(kinds.NFTCertificate.abi, 'mintingFee');
const stakingInfo = viewOf(kinds.TraceToken.abi, 'stakingInfo');

/** Only kinds with a getter that needs no existing entity. */
const probes: Readonly<Partial<Record<ContractKind, KindProbe>>> = {
  ProductRegistry: {
    getter: 'nextProductId',
    request: (target) => nextProductId.request(target, []),
    isAnswered: (result) => nextProductId.valueOf(result) !== null,
  },
  NFTCertificate: {
    getter: 'mintingFee',
    request: (target) => mintingFee.request(target, []),
    isAnswered: (result) => mintingFee.valueOf(result) !== null,
  },
  TraceToken: {
    getter: 'stakingInfo',
    request: (target) => stakingInfo.request(target, [zeroAddress]),
    isAnswered: (result) => stakingInfo.valueOf(result) !== null,
  },
};

/** Returns the kind's probe, or null if it has no suitable getter. */
export function probeOf(kind: ContractKind): KindProbe | null {
  return probes[kind] ?? null;
}
