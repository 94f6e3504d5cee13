import { toAddress, zeroAddress } from '../../../primitives/hex.ts';
import type { Address } from '../../../primitives/hex.ts';
import type { EventOf, EventPlace } from './log.ts';

export interface Certificate {
  readonly contract: Address;
  readonly tokenId: bigint;
  owner: Address;
  readonly code: string;
  /** False after an invalidation; it may be true for an expired certificate. */
  isValid: boolean;
  verificationCount: number;
}

/** The certificates of all certificate contracts. */
export class CertificatesState {
  readonly list: Certificate[] = [];
  readonly #byKey = new Map<string, Certificate>();
  /** A mint emits the transfer before the certificate. */
  readonly #owners = new Map<string, Address>();

  observe(event: EventOf<'NFTCertificate'>, { address }: EventPlace): void {
    switch (event.eventName) {
      case 'CertificateMinted': {
        const { tokenId, owner, verificationCode: code } = event.args;
        const key = `${address}:${tokenId}`;
        const certificate: Certificate = {
          contract: address,
          tokenId,
          owner: this.#owners.get(key) ?? toAddress(owner),
          code,
          isValid: true,
          verificationCount: 0,
        };
        this.list.push(certificate);
        this.#byKey.set(key, certificate);
        break;
      }
      case 'Transfer': {
        const key = `${address}:${event.args.tokenId}`;
        const certificate = this.#byKey.get(key);
        const owner = toAddress(event.args.to);
        if (certificate === undefined) this.#owners.set(key, owner);
        else certificate.owner = owner;
        break;
      }
      case 'CertificateVerified': {
        const certificate = this.#byKey.get(`${address}:${event.args.tokenId}`);
        if (certificate !== undefined) certificate.verificationCount += 1;
        break;
      }
      case 'CertificateInvalidated': {
        const certificate = this.#byKey.get(`${address}:${event.args.tokenId}`);
        if (certificate !== undefined) certificate.isValid = false;
        break;
      }
      default:
    }
  }
}

export function isBurned(certificate: Certificate): boolean {
  return certificate.owner === zeroAddress;
}
