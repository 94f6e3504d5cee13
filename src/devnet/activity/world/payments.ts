import { toAddress } from '../../../primitives/hex.ts';
import type { Address } from '../../../primitives/hex.ts';
import type { EventOf, EventPlace } from './log.ts';

export interface Payment {
  readonly contract: Address;
  readonly id: bigint;
  readonly payer: Address;
  readonly payee: Address;
  status: 'open' | 'disputed';
  readonly openMilestones: Set<bigint>;
  /** Unix seconds. */
  readonly since: bigint;
}

export interface Dispute {
  readonly id: bigint;
  readonly payment: Payment;
}

/** The open payments and disputes of all payment contracts. */
export class PaymentsState {
  readonly #payments = new Map<string, Payment>();
  readonly #disputes = new Map<string, Dispute>();
  /** Milestones are emitted before their payment. */
  #announcedMilestones: bigint[] = [];

  open(): readonly Payment[] {
    return [...this.#payments.values()].filter(({ status }) => status === 'open');
  }

  disputes(): readonly Dispute[] {
    return [...this.#disputes.values()];
  }

  observe(event: EventOf<'PaymentContract'>, place: EventPlace): void {
    const keyOf = (id: bigint): string => `${place.address}:${id}`;
    switch (event.eventName) {
      case 'MilestoneCreated':
        this.#announcedMilestones.push(event.args.milestoneId);
        break;
      case 'PaymentCreated':
        this.#payments.set(keyOf(event.args.paymentId), {
          contract: place.address,
          id: event.args.paymentId,
          payer: toAddress(event.args.payer),
          payee: toAddress(event.args.payee),
          status: 'open',
          openMilestones: new Set(this.#announcedMilestones),
          since: place.blockTimestamp,
        });
        this.#announcedMilestones = [];
        break;
      case 'MilestoneCompleted':
        this.#payments.get(keyOf(event.args.paymentId))?.openMilestones.delete(event.args.milestoneId);
        break;
      case 'PaymentCompleted':
      case 'PaymentCancelled':
        this.#payments.delete(keyOf(event.args.paymentId));
        break;
      case 'DisputeInitiated': {
        const payment = this.#payments.get(keyOf(event.args.paymentId));
        if (payment === undefined) break;
        payment.status = 'disputed';
        this.#disputes.set(keyOf(event.args.disputeId), { id: event.args.disputeId, payment });
        break;
      }
      case 'DisputeResolved':
        this.#disputes.delete(keyOf(event.args.disputeId));
        break;
      default:
    }
  }
}
