/** The TRACE token: one row per movement, one balance per holder, vesting schedules. */
import type { TypedEvent } from '../../engine/contract/events.ts';
import { type Address, zeroAddress } from '../../primitives/hex.ts';
import { entityId, leafId, type Uuid } from '../../primitives/ids.ts';
import { RecentValues } from '../../primitives/recent-values.ts';
import { movementOf, type MovementType, nameMovements } from './movements.ts';
import { type Handler, ledgerOnly, on, type Projection } from '../../engine/projection/projection.ts';
import type { Rows } from '../../engine/projection/rows.ts';

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
      touch(event, wanted) {
        const { from, to } = event.args;
        if (from !== zeroAddress) wanted.row('tokenBalances', balanceId(event, from));
        if (to !== zeroAddress) wanted.row('tokenBalances', balanceId(event, to));
      },
      apply(event, rows) {
        const { from, to, value } = event.args;
        const name = event.transaction.derive(nameMovements).ofTransfer.get(event.log.logIndex);
        insertMovement(event, rows, {
          type: name?.type ?? plainType(from, to),
          user: name?.user ?? (to === zeroAddress ? from : to),
          from,
          to,
          amount: value,
          category: name?.category ?? null,
        });
        move(event, rows, from, -value);
        move(event, rows, to, value);
      },
    }),
    ...namingEvents.map((name): Handler =>
      on('TraceToken', name, {
        apply(event, rows) {
          const movement = movementOf(event);
          if (movement === null || !event.transaction.derive(nameMovements).alone.has(event.log.logIndex))
            return;
          insertMovement(event, rows, movement);
        },
      }),
    ),
    on('TraceToken', 'VestingScheduleCreated', {
      touch(event, wanted) {
        wanted.row('vestingSchedules', scheduleId(event, event.args.beneficiary));
      },
      apply(event, rows) {
        const { beneficiary, amount, duration } = event.args;
        const id = scheduleId(event, beneficiary);
        const state = event.answer.schedule;
        const schedule = {
          totalAmount: state?.totalAmount ?? amount,
          releasedAmount: state?.released ?? 0n,
          startTime: state?.startTime ?? event.block.timestamp,
          durationSeconds: state?.duration ?? duration,
          isRevocable: state?.isRevocable ?? null,
        };
        if (rows.get('vestingSchedules', id) !== undefined)
          return rows.update('vestingSchedules', id, schedule);
        rows.insert('vestingSchedules', {
          id,
          beneficiary,
          beneficiaryId: rows.user(beneficiary),
          ...schedule,
        });
      },
    }),
    on('TraceToken', 'TokensReleased', {
      touch(event, wanted) {
        wanted.row('vestingSchedules', scheduleId(event, event.args.beneficiary));
      },
      apply(event, rows) {
        const id = scheduleId(event, event.args.beneficiary);
        const schedule = rows.get('vestingSchedules', id);
        if (schedule === undefined) return;
        const releasedAmount =
          event.answer.schedule?.released ?? (schedule.releasedAmount ?? 0n) + event.args.amount;
        rows.update('vestingSchedules', id, { releasedAmount });
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
  rows: Rows,
  movement: Movement,
): void {
  const { chainId, timestamp, hash: blockHash } = event.block;
  const { logIndex } = event.log;
  rows.user(movement.from);
  rows.user(movement.to);
  rows.insert('traceTokenTransactions', {
    id: leafId({ chainId, table: 'trace_token_transactions', blockHash, logIndex }, timestamp),
    userId: rows.user(movement.user),
    transactionType: movement.type,
    amount: movement.amount,
    fromAddress: movement.from,
    toAddress: movement.to,
    metadata: movement.category === null ? null : { category: movement.category },
  });
}

/** Changes a holder's balance; the zero address is no holder. */
function move(event: Transfer, rows: Rows, holder: Address, difference: bigint): void {
  if (holder === zeroAddress) return;
  const id = balanceId(event, holder);
  const row = rows.get('tokenBalances', id);
  if (row === undefined) rows.insert('tokenBalances', { id, address: holder, balance: difference });
  else rows.update('tokenBalances', id, { balance: row.balance + difference });
}

function plainType(from: Address, to: Address): MovementType {
  if (from === zeroAddress) return 'mint';
  return to === zeroAddress ? 'burn' : 'transfer';
}

/**
 * Caches ids of balances. Each transfer uses both holders' ids twice, and holders recur; computing a digest
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
