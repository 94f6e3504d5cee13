/** Laws that no single field shows: checked with the tables as of the audited block and the contracts' own sums. */
import { paymentContractAbi, traceTokenAbi } from '../../abis/index.ts';
import type { IndexedContract } from '../contracts/kind.ts';
import type { ReadPlan } from '../contracts/read-plan.ts';
import { viewOf } from '../contracts/views.ts';
import { weiToDecimal } from '../db/codecs.ts';
import type { ChainTableName } from '../db/ownership.ts';
import type { Address, Hash } from '../primitives/hex.ts';
import type { Area } from '../projections/fold/projection.ts';
import type { InvariantResult } from './result.ts';
import type { SilentWithdrawals } from './silent-withdrawals.ts';
import type { StateReader } from './state-reads.ts';

/** A law, with what to say of it where it is broken. */
export interface CheckedInvariant extends InvariantResult {
  readonly area: Area;
  readonly table: ChainTableName;
  readonly chainValue: string | null;
  readonly databaseValue: string | null;
  /** Money that left the contract in silence, where that explains it. */
  readonly withdrawals?: SilentWithdrawals | null;
}

/** What the tables come to, contract by contract. */
export interface TableSums {
  readonly balancesWei: ReadonlyMap<Address, bigint>;
  /** What payments and their fees have not yet been paid out, by payment contract. */
  readonly heldWei: ReadonlyMap<Address, bigint>;
  /** Certificates whose owner is no user, by contract. */
  readonly ownerless: ReadonlyMap<Address, number>;
}

const totalSupply = viewOf(traceTokenAbi, 'totalSupply');
const balanceOf = viewOf(traceTokenAbi, 'balanceOf');
const paymentToken = viewOf(paymentContractAbi, 'paymentToken');

export async function checkInvariants(
  reader: StateReader,
  contracts: readonly IndexedContract[],
  blockHash: Hash,
  sums: TableSums,
): Promise<CheckedInvariant[]> {
  const plans = contracts.map((contract) => () => readInvariant(contract, sums));
  return (await reader.answer(blockHash, plans)).filter((result) => result !== null);
}

function* readInvariant(contract: IndexedContract, sums: TableSums): ReadPlan<CheckedInvariant | null> {
  switch (contract.kind) {
    case 'TraceToken':
      return yield* supplyIsHeld(contract, sums);
    case 'PaymentContract':
      return yield* escrowIsCovered(contract, sums);
    case 'NFTCertificate':
      return ownersAreUsers(contract, sums);
    default:
      return null;
  }
}

type Invariant = ReadPlan<CheckedInvariant | null>;

function* supplyIsHeld({ address }: IndexedContract, { balancesWei }: TableSums): Invariant {
  const [result] = yield [totalSupply.request(address, [])];
  const supply = totalSupply.valueOf(result);
  if (supply === null) return null;
  const held = balancesWei.get(address) ?? 0n;
  return {
    name: 'the balances of all holders add up to the total supply',
    contract: address,
    holds: held === supply,
    detail: `${weiToDecimal(held)} held of ${weiToDecimal(supply)}`,
    area: 'token',
    table: 'tokenBalances',
    chainValue: weiToDecimal(supply),
    databaseValue: weiToDecimal(held),
  };
}

function* escrowIsCovered({ address }: IndexedContract, { heldWei }: TableSums): Invariant {
  const [tokenResult] = yield [paymentToken.request(address, [])];
  const token = paymentToken.valueOf(tokenResult);
  if (token === null) return null;
  const [result] = yield [balanceOf.request(token, [address])];
  const balance = balanceOf.valueOf(result);
  if (balance === null) return null;
  const owed = heldWei.get(address) ?? 0n;
  return {
    name: 'the payment contract holds what its open payments and their fees say',
    contract: address,
    holds: balance >= owed,
    detail: `${weiToDecimal(balance)} held, ${weiToDecimal(owed)} owed`,
    area: 'payments',
    table: 'paymentContracts',
    chainValue: weiToDecimal(balance),
    databaseValue: weiToDecimal(owed),
  };
}

function ownersAreUsers({ address }: IndexedContract, { ownerless }: TableSums): CheckedInvariant {
  const count = ownerless.get(address) ?? 0;
  return {
    name: 'every certificate’s owner is a user',
    contract: address,
    holds: count === 0,
    detail: count === 0 ? 'all are' : `${count} certificates are owned by nobody among the users`,
    area: 'certificates',
    table: 'nftCertificates',
    chainValue: null,
    databaseValue: count.toString(),
  };
}
