import { toAddress } from '../../../primitives/hex.ts';
import type { Address } from '../../../primitives/hex.ts';
import type { EventOf } from './log.ts';

/** Accrued and unclaimed rewards by user, in wei. */
export class RewardsState {
  readonly #accrued = new Map<Address, bigint>();

  claimable(): readonly Address[] {
    return [...this.#accrued].flatMap(([user, amountWei]) => (amountWei > 0n ? [user] : []));
  }

  observe(event: EventOf<'RewardsDistributor'>): void {
    if (event.eventName === 'RewardAccrued') {
      const user = toAddress(event.args.user);
      this.#accrued.set(user, (this.#accrued.get(user) ?? 0n) + event.args.amount);
    } else if (event.eventName === 'RewardsClaimed') {
      this.#accrued.set(toAddress(event.args.user), 0n);
    }
  }
}
