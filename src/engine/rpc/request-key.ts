/** One name for a read request, by which its result is kept and found again. */
import { hash } from 'node:crypto';
import type { ReadRequest } from './types.ts';

declare const requestKeyBrand: unique symbol;
/** SHA-256 of a read request's canonical form, hex without a prefix. */
export type RequestKey = string & { readonly [requestKeyBrand]: true };

export function requestKey(request: ReadRequest): RequestKey {
  const canonical =
    request.kind === 'call'
      ? `call\n${request.target}\n${request.calldata}`
      : `transaction\n${request.transactionHash}`;
  return hash('sha256', canonical, 'hex') as RequestKey;
}
