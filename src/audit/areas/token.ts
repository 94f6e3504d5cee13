/** Balances of every holder, and vesting schedules: what the token keeps. */
import { traceTokenAbi as abi } from '../../../abis/index.ts';
import type { ReadPlan } from '../../contracts/read-plan.ts';
import { viewOf } from '../../contracts/views.ts';
import { type Address, zeroAddress } from '../../primitives/hex.ts';
import { entityId } from '../../primitives/ids.ts';
import { type AreaAudit, type Claim, type EntityQuestion, facet } from '../claim.ts';
import { optionalInstant, user } from '../column-values.ts';

type Question = EntityQuestion<Address>;

const balanceOf = viewOf(abi, 'balanceOf');
const vestingSchedules = viewOf(abi, 'vestingSchedules');

export const token: AreaAudit = {
  area: 'token',
  tables: ['traceTokenTransactions', 'tokenBalances', 'vestingSchedules'],
  facets: [
    facet<Address>({
      name: 'holder',
      kind: 'TraceToken',
      told: ({ kind, name, args }) =>
        kind === 'TraceToken' && name === 'Transfer'
          ? [args['from'] as Address, args['to'] as Address].filter((wallet) => wallet !== zeroAddress)
          : [],
      rows: { tokenBalances: (row) => row['address'] as Address },
      read: readBalance,
    }),
    facet<Address>({
      name: 'beneficiary',
      kind: 'TraceToken',
      told: ({ kind, args }) =>
        kind === 'TraceToken' && typeof args['beneficiary'] === 'string'
          ? [args['beneficiary'] as Address]
          : [],
      rows: { vestingSchedules: (row) => row['beneficiary'] as Address },
      read: readSchedule,
    }),
  ],
};

function* readBalance({ contract, key, reference }: Question): ReadPlan<readonly Claim[]> {
  const { chainId, address } = contract;
  const [result] = yield [balanceOf.request(address, [key])];
  const balance = balanceOf.valueOf(result);
  if (balance === null) return [];
  const rowId = entityId({ chainId, contract: address, table: 'token_balances', number: 0n, parts: [key] });
  // The getter answers for anybody: only tokens say that there was a transfer.
  const exists = balance > 0n || reference.row('tokenBalances', rowId) !== undefined ? true : null;
  const values = { address: key, balance };
  return [{ table: 'tokenBalances', rowId, entity: `balance of ${key}`, exists, values }];
}

function* readSchedule({ contract, key }: Question): ReadPlan<readonly Claim[]> {
  const { chainId, address } = contract;
  const [result] = yield [vestingSchedules.request(address, [key])];
  const schedule = vestingSchedules.valueOf(result);
  if (schedule === null) return [];
  const [totalAmount, releasedAmount, startTime, durationSeconds, isRevocable] = schedule;
  return [
    {
      table: 'vestingSchedules',
      rowId: entityId({ chainId, contract: address, table: 'vesting_schedules', number: 0n, parts: [key] }),
      entity: `vesting schedule of ${key}`,
      // The getter answers for anybody: with nothing to vest, there is no schedule.
      exists: totalAmount > 0n,
      values: {
        beneficiary: key,
        beneficiaryId: user(key),
        totalAmount,
        releasedAmount,
        startTime: optionalInstant(startTime),
        durationSeconds,
        isRevocable,
      },
    },
  ];
}
