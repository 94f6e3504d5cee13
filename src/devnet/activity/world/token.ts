import { toAddress } from '../../../primitives/hex.ts';
import type { Address } from '../../../primitives/hex.ts';
import type { EventOf, EventPlace } from './log.ts';

export interface Stake {
  readonly staker: Address;
  amountWei: bigint;
  /** Unix seconds of the latest staking, which restarts the lock. */
  since: bigint;
}

export interface Vesting {
  readonly beneficiary: Address;
  totalWei: bigint;
  releasedWei: bigint;
  startTime: bigint;
  durationSeconds: bigint;
}

/** Balances, stakes and vesting schedules by account. */
export class TokenState {
  readonly #balances = new Map<Address, bigint>();
  readonly #stakes = new Map<Address, Stake>();
  readonly #vestings = new Map<Address, Vesting>();

  balanceWei(holder: Address): bigint {
    return this.#balances.get(holder) ?? 0n;
  }

  stakes(): readonly Stake[] {
    return [...this.#stakes.values()].filter(({ amountWei }) => amountWei > 0n);
  }

  vesting(beneficiary: Address): Vesting | undefined {
    return this.#vestings.get(beneficiary);
  }

  vestings(): readonly Vesting[] {
    return [...this.#vestings.values()];
  }

  observe(event: EventOf<'TraceToken'>, { blockTimestamp }: EventPlace): void {
    switch (event.eventName) {
      case 'Transfer':
        this.#move(toAddress(event.args.from), -event.args.value);
        this.#move(toAddress(event.args.to), event.args.value);
        break;
      case 'TokensStaked': {
        const staker = toAddress(event.args.staker);
        const before = this.#stakes.get(staker)?.amountWei ?? 0n;
        this.#stakes.set(staker, {
          staker,
          amountWei: before + event.args.amount,
          since: blockTimestamp,
        });
        break;
      }
      case 'TokensUnstaked': {
        const stake = this.#stakes.get(toAddress(event.args.staker));
        if (stake !== undefined) stake.amountWei -= event.args.amount;
        break;
      }
      case 'VestingScheduleCreated': {
        const beneficiary = toAddress(event.args.beneficiary);
        this.#vestings.set(beneficiary, {
          beneficiary,
          totalWei: event.args.amount,
          releasedWei: 0n,
          startTime: blockTimestamp,
          durationSeconds: event.args.duration,
        });
        break;
      }
      case 'TokensReleased': {
        const vesting = this.#vestings.get(toAddress(event.args.beneficiary));
        if (vesting !== undefined) vesting.releasedWei += event.args.amount;
        break;
      }
      default:
    }
  }

  #move(holder: Address, amountWei: bigint): void {
    this.#balances.set(holder, this.balanceWei(holder) + amountWei);
  }
}
