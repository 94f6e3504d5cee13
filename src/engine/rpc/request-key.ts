/** The key under which the ledger stores the result of a read request. */
import { hash } from 'node:crypto';
import type { ReadRequest } from './types.ts';

declare const requestKeyBrand: unique symbol;
/** SHA-256 of the request's canonical form, in hex without a prefix. */
export type RequestKey = string & { readonly [requestKeyBrand]: true };

/** The key of a read request. Equal requests have equal keys. */
export function requestKey(request: ReadRequest): RequestKey {
  const canonical =
    request.kind === 'call'
      ? `call\n${request.target}\n${request.calldata}`
      : `transaction\n${request.transactionHash}`;
  return hash('sha256', canonical, 'hex') as RequestKey;
}
