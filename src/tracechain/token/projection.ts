/** The TRACE token: one row per movement, one balance per holder, vesting schedules. */
import type { TypedEvent } from '../../engine/contract/events.ts';
import { type Address, zeroAddress } from '../../primitives/hex.ts';
import { entityId, leafId, type Uuid } from '../../primitives/ids.ts';
import { RecentValues } from '../../primitives/recent-values.ts';
import { movementOf, type MovementType, nameMovements } from './movements.ts';
import { type Handler, ledgerOnly, on, type Projection } from '../../engine/projection/projection.ts';
import type { Entity, Load, Write } from '../../engine/projection/entity.ts';

type Transfer = TypedEvent<'TraceToken', 'Transfer'>;

/** Events that name a previous `Transfer`, or have a movement of their own if there is none. */
const namingEvents = [
  'TokensStaked',
  'TokensUnstaked',
  'StakingRewardsClaimed',
  'RewardDistributed',
  'TokensReleased',
] as const;

export const token: Projection = {
  area: 'token',
  version: 1,
  tables: ['traceTokenTransactions', 'tokenBalances', 'vestingSchedules'],
  receiptsOf: ['TraceToken'],
  lookups: [],
  handlers: [
    on('TraceToken', 'Transfer', {
      entities: (event, load) => ({
        sender: balanceOf(event, event.args.from, load),
        recipient: balanceOf(event, event.args.to, load),
      }),
      apply(event, { sender, recipient }, write) {
        const { from, to, value } = event.args;
        const name = event.transaction.derive(nameMovements).ofTransfer.get(event.log.logIndex);
        insertMovement(event, write, {
          type: name?.type ?? plainType(from, to),
          user: name?.user ?? (to === zeroAddress ? from : to),
          from,
          to,
          amount: value,
          category: name?.category ?? null,
        });
        move(sender, from, -value);
        move(recipient, to, value);
      },
    }),
    ...namingEvents.map((name): Handler =>
      on('TraceToken', name, {
        apply(event, _, write) {
          const movement = movementOf(event);
          if (movement === null || !event.transaction.derive(nameMovements).alone.has(event.log.logIndex))
            return;
          insertMovement(event, write, movement);
        },
      }),
    ),
    on('TraceToken', 'VestingScheduleCreated', {
      entities: (event, load) => load.one('vestingSchedules', scheduleId(event, event.args.beneficiary)),
      apply(event, schedule, write) {
        const { beneficiary, amount, duration } = event.args;
        const state = event.answer.schedule;
        const values = {
          totalAmount: state?.totalAmount ?? amount,
          releasedAmount: state?.released ?? 0n,
          startTime: state?.startTime ?? event.block.timestamp,
          durationSeconds: state?.duration ?? duration,
          isRevocable: state?.isRevocable ?? null,
        };
        if (schedule.row !== undefined) schedule.update(values);
        else schedule.insert({ beneficiary, beneficiaryId: write.user(beneficiary), ...values });
      },
    }),
    on('TraceToken', 'TokensReleased', {
      entities: (event, load) => load.one('vestingSchedules', scheduleId(event, event.args.beneficiary)),
      apply(event, schedule) {
        if (schedule.row === undefined) return;
        const releasedAmount =
          event.answer.schedule?.released ?? (schedule.row.releasedAmount ?? 0n) + event.args.amount;
        schedule.update({ releasedAmount });
      },
    }),
    ledgerOnly('TraceToken', 'Approval'),
  ],
};

interface Movement {
  readonly type: MovementType;
  readonly user: Address;
  readonly from: Address;
  readonly to: Address;
  readonly amount: bigint;
  readonly category: string | null;
}

function insertMovement(
  event: { readonly block: Transfer['block']; readonly log: Transfer['log'] },
  write: Write,
  movement: Movement,
): void {
  const { chainId, timestamp, hash: blockHash } = event.block;
  const { logIndex } = event.log;
  write.user(movement.from);
  write.user(movement.to);
  const id = leafId({ chainId, table: 'trace_token_transactions', blockHash, logIndex }, timestamp);
  write.insert('traceTokenTransactions', id, {
    userId: write.user(movement.user),
    transactionType: movement.type,
    amount: movement.amount,
    fromAddress: movement.from,
    toAddress: movement.to,
    metadata: movement.category === null ? null : { category: movement.category },
  });
}

/** Names a holder's balance; null for the zero address, which is no holder. */
function balanceOf(event: Transfer, holder: Address, load: Load): Entity<'tokenBalances'> | null {
  return holder === zeroAddress ? null : load.one('tokenBalances', balanceId(event, holder));
}

function move(balance: Entity<'tokenBalances'> | null, holder: Address, difference: bigint): void {
  if (balance === null) return;
  const { row } = balance;
  if (row === undefined) balance.insert({ address: holder, balance: difference });
  else balance.update({ balance: row.balance + difference });
}

function plainType(from: Address, to: Address): MovementType {
  if (from === zeroAddress) return 'mint';
  return to === zeroAddress ? 'burn' : 'transfer';
}

/**
 * Caches ids of balances. Holders recur, and computing a digest
 * costs ten times a cache lookup.
 */
const recentBalanceIds = new RecentValues<number, RecentValues<Address, RecentValues<Address, Uuid>>>(10);
const contractsPerChain = 100;
const holdersPerContract = 20_000;
/** The cache of the contract that was used last. */
let lastIds: { chainId: number; contract: Address; ids: RecentValues<Address, Uuid> } | null = null;

function balanceId(event: Transfer, holder: Address): Uuid {
  const { address: contract } = event.log;
  const { chainId } = event.block;
  if (lastIds?.contract !== contract || lastIds.chainId !== chainId) {
    const contracts = recentBalanceIds.get(chainId, () => new RecentValues(contractsPerChain));
    lastIds = { chainId, contract, ids: contracts.get(contract, () => new RecentValues(holdersPerContract)) };
  }
  return lastIds.ids.get(holder, (seen) =>
    entityId({ chainId, contract, table: 'token_balances', number: 0n, parts: [seen] }),
  );
}

function scheduleId(
  event: { readonly block: Transfer['block']; readonly log: Transfer['log'] },
  beneficiary: Address,
): Uuid {
  const { chainId } = event.block;
  return entityId({
    chainId,
    contract: event.log.address,
    table: 'vesting_schedules',
    number: 0n,
    parts: [beneficiary],
  });
}
