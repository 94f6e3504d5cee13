/** The token: movements from the logs, everything else from `balanceOf`, `vestingSchedules` and `stakingInfo`. */
import { zeroAddress } from 'viem';
import type { Hex } from 'viem';
import { traceTokenAbi as abi } from '../../../abis/index.ts';
import { eventsOf, known } from './history.ts';
import type { History, TypedEvent } from './history.ts';
import { groupBy, number, provenance, reference, time, tokens, user } from './row.ts';
import type { ExpectedRow, ExpectedTables } from './row.ts';

type Transfer = TypedEvent<'TraceToken', 'Transfer'>;

const namingEvents = [
  'TokensStaked',
  'TokensUnstaked',
  'StakingRewardsClaimed',
  'RewardDistributed',
  'TokensReleased',
] as const;
type NamingEvent = TypedEvent<'TraceToken', (typeof namingEvents)[number]>;

export async function expectToken(history: History): Promise<ExpectedTables> {
  return {
    trace_token_transactions: movementRows(history),
    token_balances: await balanceRows(history),
    vesting_schedules: await scheduleRows(history),
    ...(await stakingRows(history)),
  };
}

interface Movement {
  readonly type: string;
  readonly user: string;
  readonly from: string;
  readonly to: string;
  readonly amount: bigint;
  readonly category?: string;
}

function namedMovement(event: NamingEvent): Movement {
  const { address: token, args } = event;
  switch (event.name) {
    case 'TokensStaked':
      return {
        type: 'stake',
        user: event.args.staker,
        from: event.args.staker,
        to: token,
        amount: args.amount,
      };
    case 'TokensUnstaked':
      return { type: 'unstake', ...paidOut(token, event.args.staker, args.amount) };
    case 'StakingRewardsClaimed':
      return { type: 'staking_reward', ...paidOut(token, event.args.staker, args.amount) };
    case 'RewardDistributed':
      return {
        type: 'reward',
        ...paidOut(token, event.args.recipient, args.amount),
        category: event.args.category,
      };
    default:
      return { type: 'vesting_release', ...paidOut(token, event.args.beneficiary, args.amount) };
  }
}

function paidOut(token: string, recipient: string, amount: bigint) {
  return { user: recipient, from: token, to: recipient, amount };
}

function plainMovement({ args: { from, to, value } }: Transfer): Movement {
  const type = from === zeroAddress ? 'mint' : to === zeroAddress ? 'burn' : 'transfer';
  return { type, user: type === 'burn' ? from : to, from, to, amount: value };
}

/** A row a `Transfer`, and one for each telling event that has none to tell of. */
function movementRows(history: History): ExpectedRow[] {
  const all = eventsOf(history, 'TraceToken', 'Transfer', ...namingEvents);
  return [...groupBy(all, ({ address, transaction }) => `${address} ${transaction.hash}`).values()].flatMap(
    (events) => {
      const names = new Map<Transfer, Movement>();
      const rows: ExpectedRow[] = [];
      for (const [position, event] of events.entries()) {
        if (event.name === 'Transfer') continue;
        const movement = namedMovement(event);
        const named = events
          .slice(0, position)
          .findLast(
            (one): one is Transfer => one.name === 'Transfer' && !names.has(one) && isSame(one, movement),
          );
        if (named === undefined) rows.push(movementRow(history, event, movement));
        else names.set(named, movement);
      }
      const transfers = events.filter((event): event is Transfer => event.name === 'Transfer');
      return [
        ...rows,
        ...transfers.map((one) => movementRow(history, one, names.get(one) ?? plainMovement(one))),
      ];
    },
  );
}

function isSame({ args }: Transfer, movement: Movement): boolean {
  return args.from === movement.from && args.to === movement.to && args.value === movement.amount;
}

function movementRow(history: History, event: Transfer | NamingEvent, movement: Movement): ExpectedRow {
  return {
    user_id: user(movement.user),
    transaction_type: movement.type,
    amount: tokens(movement.amount),
    from_address: movement.from,
    to_address: movement.to,
    status: 'confirmed',
    gas_used: number(event.transaction.gasUsed),
    gas_price: number(event.transaction.gasPrice),
    created_at: number(event.block.timestamp),
    metadata: movement.category === undefined ? null : { category: movement.category },
    ...provenance(history.chainId, event),
  };
}

async function balanceRows(history: History): Promise<ExpectedRow[]> {
  const touched = eventsOf(history, 'TraceToken', 'Transfer').flatMap((event) =>
    [event.args.from, event.args.to]
      .filter((holder) => holder !== zeroAddress)
      .map((holder) => ({ holder, event })),
  );
  const holders = groupBy(touched, ({ holder, event }) => `${event.address} ${holder}`);
  return await Promise.all(
    [...holders.values()].map(async (touches) => {
      const [{ holder, event }] = touches as [(typeof touches)[number]];
      const { address } = event;
      const balance = await history.client.readContract({
        abi,
        address,
        functionName: 'balanceOf',
        args: [holder],
        blockNumber: history.head.number,
      });
      return {
        address: holder,
        balance: tokens(balance),
        ...provenance(
          history.chainId,
          event,
          touches.slice(1).map((touch) => touch.event),
        ),
      };
    }),
  );
}

async function scheduleRows(history: History): Promise<ExpectedRow[]> {
  const events = eventsOf(history, 'TraceToken', 'VestingScheduleCreated', 'TokensReleased');
  const groups = groupBy(events, ({ address, args }) => `${address} ${args.beneficiary}`);
  return await Promise.all(
    [...groups.values()].map(async (group) => {
      const [made, ...changes] = group as [(typeof group)[number], ...typeof group];
      const { beneficiary } = made.args;
      const [totalAmount, released, startTime, duration, revocable] = await history.client.readContract({
        abi,
        address: made.address,
        functionName: 'vestingSchedules',
        args: [beneficiary],
        blockNumber: history.head.number,
      });
      return {
        beneficiary_id: user(beneficiary),
        beneficiary,
        total_amount: tokens(totalAmount),
        released_amount: tokens(released),
        start_time: time(startTime),
        duration_seconds: number(duration),
        is_revocable: revocable,
        created_at: number(made.block.timestamp),
        ...provenance(history.chainId, made, changes),
      };
    }),
  );
}

const secondsPerDay = 86_400n;
const stakingEvents = ['TokensStaked', 'TokensUnstaked', 'StakingRewardsClaimed'] as const;

async function stakingRows(history: History): Promise<ExpectedTables> {
  const events = eventsOf(history, 'TraceToken', ...stakingEvents);
  const pools = [...groupBy(events, ({ address }) => address).values()];
  const stakes = [...groupBy(events, ({ address, args }) => `${address} ${args.staker}`).values()];
  return {
    staking_pools: await Promise.all(pools.map((group) => poolRow(history, known(group[0])))),
    user_stakes: await Promise.all(stakes.map((group) => stakeRow(history, group))),
  };
}

type StakingEvent = TypedEvent<'TraceToken', (typeof stakingEvents)[number]>;

/** A pool is what the contract's constants say, from the first stake on. */
async function poolRow({ client, chainId }: History, first: StakingEvent): Promise<ExpectedRow> {
  const { address } = first;
  const minimum = await client.readContract({ abi, address, functionName: 'MIN_STAKE_AMOUNT' });
  const rate = await client.readContract({ abi, address, functionName: 'STAKING_REWARD_RATE' });
  return {
    pool_name: 'TRACE staking',
    pool_type: 'governance',
    apy_percentage: number(rate),
    min_stake_amount: tokens(minimum),
    lock_period_days: number((await lockSeconds(client, address)) / secondsPerDay),
    is_active: true,
    created_at: number(first.block.timestamp),
    updated_at: number(first.block.timestamp),
    ...provenance(chainId, first),
  };
}

function lockSeconds(client: History['client'], address: Hex): Promise<bigint> {
  return client.readContract({ abi, address, functionName: 'STAKING_LOCK_PERIOD' });
}

async function stakeRow(history: History, events: readonly StakingEvent[]): Promise<ExpectedRow> {
  const [made, ...changes] = events as [StakingEvent, ...StakingEvent[]];
  const {
    address,
    args: { staker },
  } = made;
  const [staked, stakedAt, lastClaim, earned] = await history.client.readContract({
    abi,
    address,
    functionName: 'stakingInfo',
    args: [staker],
    blockNumber: history.head.number,
  });
  return {
    user_id: user(staker),
    pool_id: reference('staking_pools', address),
    amount: tokens(staked),
    staked_at: time(stakedAt),
    unlock_at: stakedAt === 0n ? null : number(stakedAt + (await lockSeconds(history.client, address))),
    is_active: staked > 0n,
    rewards_claimed: tokens(earned),
    last_claim_at: time(lastClaim),
    ...provenance(history.chainId, made, changes),
  };
}
