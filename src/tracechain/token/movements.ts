/**
 * Which of a transaction's ERC-20 movements belongs to which of the token's own events.
 *
 * Staking, unstaking, rewards and vesting move tokens between the user and the token contract itself, and the contract says so
 * twice: by a `Transfer`, then by an event of its own. It is one movement. The event names the nearest `Transfer` before it in the
 * transaction with the same amount and direction that no other event has named.
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

/** What an event of the token says about a movement. */
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
  /** By the index of the `Transfer`'s log: what it was. */
  readonly ofTransfer: ReadonlyMap<number, NamedMovement>;
  /** Log indexes of events that had no `Transfer` to name. */
  readonly alone: ReadonlySet<number>;
}

/** The movement that an event of the token tells of, or null for any other event. */
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

/** Of a transaction of transfers alone, as nearly all are. */
const unnamed: MovementNames = { ofTransfer: new Map(), alone: new Set() };

/** Names a transaction's transfers; pure, so `TransactionEvents.derive` computes it once a transaction. */
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
