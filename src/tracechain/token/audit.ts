/** Audits the token's state: the balances of all holders, and the vesting schedules. */
import { traceTokenAbi as abi } from '../../../abis/index.ts';
import type { ReadPlan } from '../../engine/contract/read-plan.ts';
import { viewOf } from '../../engine/contract/views.ts';
import { decimalToWei, weiToDecimal } from '../../db/codecs.ts';
import { negativeBalancesText } from './negative-balances.ts';
import { isAddress, type Address, zeroAddress } from '../../primitives/hex.ts';
import { entityId } from '../../primitives/ids.ts';
import { areaAudit, notInContractState } from '../../engine/audit/expectations/area-audit.ts';
import {
  type Expectation,
  type EntityQuestion,
  entityKind,
} from '../../engine/audit/expectations/entity-kind.ts';
import { optionalInstant, user } from '../../engine/audit/expectations/column-values.ts';
import type {
  InvariantAnswer,
  InvariantPlan,
  InvariantQuestion,
  SourceOf,
} from '../../engine/audit/expectations/invariants.ts';

type Question = EntityQuestion<Address>;

const balanceOf = viewOf(abi, 'balanceOf');
const totalSupply = viewOf(abi, 'totalSupply');
const vestingSchedules = viewOf(abi, 'vestingSchedules');

const holders = entityKind<Address>({
  name: 'holder',
  kind: 'TraceToken',
  countedIn: 'tokenBalances',
  isKey: isAddress,
  told: ({ kind, name, args }) =>
    kind === 'TraceToken' && name === 'Transfer'
      ? [args['from'] as Address, args['to'] as Address].filter((wallet) => wallet !== zeroAddress)
      : [],
  rows: { tokenBalances: (row) => row['address'] as Address },
  read: readBalance,
});

const beneficiaries = entityKind<Address>({
  name: 'beneficiary',
  kind: 'TraceToken',
  isKey: isAddress,
  told: ({ kind, args }) =>
    kind === 'TraceToken' && typeof args['beneficiary'] === 'string' ? [args['beneficiary'] as Address] : [],
  rows: { vestingSchedules: (row) => row['beneficiary'] as Address },
  read: readSchedule,
});

export const token = areaAudit('token', {
  tables: {
    traceTokenTransactions: notInContractState(
      'the token keeps what each holder has, not by which transfers: only its logs tell of them',
    ),
    tokenBalances: [holders],
    vestingSchedules: [beneficiaries],
  },
  invariants: [
    {
      name: 'the balances of all holders add up to the total supply',
      kind: 'TraceToken',
      table: 'tokenBalances',
      measure: heldBalances,
      check: supplyIsHeld,
    },
    {
      name: 'no holder’s balance is below zero',
      kind: 'TraceToken',
      table: 'tokenBalances',
      classWhenBroken: 'missed event',
      measure: negativeBalances,
      check: balancesAreNotNegative,
    },
  ],
});

function heldBalances(source: SourceOf): string {
  return `select smart_contract_address as address, sum(balance)::text as amount
     from ${source('tokenBalances')} as held where chain_id = $1 group by smart_contract_address`;
}

/** The number of holders with a balance below zero. */
function negativeBalances(source: SourceOf): string {
  return `select smart_contract_address as address, count(*)::text as amount
     from ${source('tokenBalances')} as held where chain_id = $1 and balance < 0 group by smart_contract_address`;
}

function* supplyIsHeld({ contract, measured, answerOf }: InvariantQuestion): InvariantPlan {
  const { address } = contract;
  const [result] = yield [totalSupply.request(address, [])];
  const supply = answerOf(totalSupply, result);
  if (supply === null) return null;
  const held = decimalToWei(measured ?? '0');
  return {
    holds: held === supply,
    detail: `${weiToDecimal(held)} held of ${weiToDecimal(supply)}`,
    chainValue: weiToDecimal(supply),
    databaseValue: weiToDecimal(held),
  };
}

/** Uses the rows alone, so it does not depend on the contract's answers. */
function balancesAreNotNegative({ measured }: InvariantQuestion): InvariantAnswer {
  const count = Number(measured ?? 0);
  return {
    holds: count === 0,
    detail: count === 0 ? 'none is' : negativeBalancesText(count),
    chainValue: null,
    databaseValue: count.toString(),
  };
}

function* readBalance({ contract, key, reference, answerOf }: Question): ReadPlan<readonly Expectation[]> {
  const { chainId, address } = contract;
  const [result] = yield [balanceOf.request(address, [key])];
  const balance = answerOf(balanceOf, result);
  if (balance === null) return [];
  const rowId = entityId({ chainId, contract: address, table: 'token_balances', number: 0n, parts: [key] });
  // The getter answers for any address; only a positive balance proves a transfer.
  const exists = balance > 0n || reference.row('tokenBalances', rowId) !== undefined ? true : null;
  const values = { address: key, balance };
  return [{ table: 'tokenBalances', rowId, entity: `balance of ${key}`, exists, values }];
}

function* readSchedule({ contract, key, answerOf }: Question): ReadPlan<readonly Expectation[]> {
  const { chainId, address } = contract;
  const [result] = yield [vestingSchedules.request(address, [key])];
  const schedule = answerOf(vestingSchedules, result);
  if (schedule === null) return [];
  const [totalAmount, releasedAmount, startTime, durationSeconds, isRevocable] = schedule;
  return [
    {
      table: 'vestingSchedules',
      rowId: entityId({ chainId, contract: address, table: 'vesting_schedules', number: 0n, parts: [key] }),
      entity: `vesting schedule of ${key}`,
      // The getter answers for any address; a schedule exists only if its amount is positive.
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
