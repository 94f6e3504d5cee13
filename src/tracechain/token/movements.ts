/**
 * Matches a transaction's ERC-20 transfers with the token's own events.
 *
 * Staking, unstaking, rewards and vesting move tokens between the user and the token contract. The contract
 * reports such a movement twice: by a `Transfer`, then by its own event. The event names the nearest previous
 * `Transfer` in the transaction with the same amount and direction that no other event has named.
 */
import type { ChainEvent } from '../../engine/contract/events.ts';
import type { Address } from '../../primitives/hex.ts';

export type MovementType =
  | 'mint'
  | 'burn'
  | 'transfer'
  | 'stake'
  | 'unstake'
  | 'staking_reward'
  | 'reward'
  | 'vesting_release';

/** The movement that an event of the token describes. */
export interface NamedMovement {
  readonly type: MovementType;
  readonly user: Address;
  readonly from: Address;
  readonly to: Address;
  readonly amount: bigint;
  /** The reward's category, as the event has it. */
  readonly category: string | null;
}

export interface MovementNames {
  /** By the log index of the `Transfer`: the movement that it is. */
  readonly ofTransfer: ReadonlyMap<number, NamedMovement>;
  /** Log indexes of events without a matching `Transfer`. */
  readonly alone: ReadonlySet<number>;
}

/** Returns the movement that an event of the token describes, or null for any other event. */
export function movementOf(event: ChainEvent): NamedMovement | null {
  if (event.kind !== 'TraceToken') return null;
  const token = event.log.address;
  const { args } = event;
  const amount = args['amount'] as bigint;
  const staker = args['staker'] as Address;
  switch (event.name) {
    case 'TokensStaked':
      return { type: 'stake', user: staker, from: staker, to: token, amount, category: null };
    case 'TokensUnstaked':
      return { type: 'unstake', user: staker, from: token, to: staker, amount, category: null };
    case 'StakingRewardsClaimed':
      return { type: 'staking_reward', user: staker, from: token, to: staker, amount, category: null };
    case 'RewardDistributed': {
      const recipient = args['recipient'] as Address;
      return {
        type: 'reward',
        user: recipient,
        from: token,
        to: recipient,
        amount,
        category: args['category'] as string,
      };
    }
    case 'TokensReleased': {
      const beneficiary = args['beneficiary'] as Address;
      return {
        type: 'vesting_release',
        user: beneficiary,
        from: token,
        to: beneficiary,
        amount,
        category: null,
      };
    }
    default:
      return null;
  }
}

/** The result for a transaction with transfers only, which is nearly every one. */
const unnamed: MovementNames = { ofTransfer: new Map(), alone: new Set() };

/** Names a transaction's transfers. Pure, so `TransactionEvents.derive` computes it once per transaction. */
export function nameMovements(events: readonly ChainEvent[]): MovementNames {
  if (!events.some((event) => movementOf(event) !== null)) return unnamed;
  const ofTransfer = new Map<number, NamedMovement>();
  const alone = new Set<number>();
  for (const [position, event] of events.entries()) {
    const movement = movementOf(event);
    if (movement === null) continue;
    const transfer = events.slice(0, position).findLast((candidate) => {
      return isTransferOf(candidate, event, movement) && !ofTransfer.has(candidate.log.logIndex);
    });
    if (transfer === undefined) alone.add(event.log.logIndex);
    else ofTransfer.set(transfer.log.logIndex, movement);
  }
  return { ofTransfer, alone };
}

function isTransferOf(candidate: ChainEvent, event: ChainEvent, movement: NamedMovement): boolean {
  return (
    candidate.kind === 'TraceToken' &&
    candidate.name === 'Transfer' &&
    candidate.log.address === event.log.address &&
    candidate.args['value'] === movement.amount &&
    candidate.args['from'] === movement.from &&
    candidate.args['to'] === movement.to
  );
}
