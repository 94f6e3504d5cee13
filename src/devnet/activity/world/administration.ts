import { toAddress, toHash } from '../../../primitives/hex.ts';
import type { Address, Hash } from '../../../primitives/hex.ts';
import type { EventOf } from './log.ts';

export interface Proposal {
  readonly id: Hash;
  readonly signatures: Set<Address>;
}

/** Roles, the blacklist and multi-signature proposals of the access control contract. */
export class AdministrationState {
  readonly #members = new Map<Hash, Set<Address>>();
  readonly blacklisted = new Set<Address>();
  readonly multiSigConfigIds: Hash[] = [];
  readonly #proposals = new Map<Hash, Proposal>();

  hasRole(role: Hash, account: Address): boolean {
    return this.#members.get(role)?.has(account) ?? false;
  }

  openProposals(): readonly Proposal[] {
    return [...this.#proposals.values()];
  }

  observe(event: EventOf<'TraceAccessControl'>): void {
    switch (event.eventName) {
      case 'RoleGranted': {
        const role = toHash(event.args.role);
        const members = this.#members.get(role) ?? new Set();
        this.#members.set(role, members.add(toAddress(event.args.account)));
        break;
      }
      case 'RoleRevoked':
        this.#members.get(toHash(event.args.role))?.delete(toAddress(event.args.account));
        break;
      case 'AddressBlacklisted':
        if (event.args.blacklisted) this.blacklisted.add(toAddress(event.args.account));
        else this.blacklisted.delete(toAddress(event.args.account));
        break;
      case 'MultiSigConfigCreated':
        this.multiSigConfigIds.push(toHash(event.args.configId));
        break;
      case 'MultiSigProposalCreated': {
        const id = toHash(event.args.proposalId);
        this.#proposals.set(id, { id, signatures: new Set() });
        break;
      }
      case 'MultiSigProposalSigned':
        this.#proposals.get(toHash(event.args.proposalId))?.signatures.add(toAddress(event.args.signer));
        break;
      case 'MultiSigProposalExecuted':
        this.#proposals.delete(toHash(event.args.proposalId));
        break;
      default:
    }
  }
}
