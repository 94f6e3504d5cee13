/**
 * Audits payments, their milestones and disputes. (No getter returns movements of money; the fold of the
 * ledger checks those.)
 */
import { paymentContractAbi as abi, traceTokenAbi } from '../../../abis/index.ts';
import type { CallResult } from '../../engine/contract/abi/types.ts';
import type { IndexedContract } from '../../engine/contract/kind.ts';
import type { ReadPlan } from '../../engine/contract/read-plan.ts';
import { recordViewOf, viewOf } from '../../engine/contract/views.ts';
import { decimalToWei, weiToDecimal } from '../../db/codecs.ts';
import type { Address } from '../../primitives/hex.ts';
import { entityId, type Uuid } from '../../primitives/ids.ts';
import { areaAudit, notInContractState } from '../../engine/audit/expectations/area-audit.ts';
import {
  type Expectation,
  type ExpectedValue,
  type EntityQuestion,
  entityKind,
  OneOf,
  type RowContext,
} from '../../engine/audit/expectations/entity-kind.ts';
import { instant, optionalInstant, text, user } from '../../engine/audit/expectations/column-values.ts';
import type {
  InvariantPlan,
  InvariantQuestion,
  SourceOf,
} from '../../engine/audit/expectations/invariants.ts';
import { findSilentWithdrawals } from './silent-withdrawals.ts';
import { countedFrom } from '../../engine/audit/expectations/lists.ts';

type Question = EntityQuestion<bigint>;
type Answer = CallResult<typeof abi, 'getPayment'>;
type Payment = Answer[0];
type Milestone = Answer[1][number];

const nextPaymentId = viewOf(abi, 'nextPaymentId');
const nextDisputeId = viewOf(abi, 'nextDisputeId');
const getPayment = viewOf(abi, 'getPayment');
const getDispute = recordViewOf(abi, 'getDispute');
const paymentToken = viewOf(abi, 'paymentToken');
const balanceOf = viewOf(traceTokenAbi, 'balanceOf');
const symbol = viewOf(traceTokenAbi, 'symbol');

const paymentEntities = entityKind<bigint>({
  name: 'payment',
  kind: 'PaymentContract',
  countedIn: 'paymentContracts',
  *listed({ address, answerOf }) {
    const [result] = yield [nextPaymentId.request(address, [])];
    return countedFrom(1n, answerOf(nextPaymentId, result));
  },
  told: ({ kind, args }) =>
    kind === 'PaymentContract' && typeof args['paymentId'] === 'bigint' ? [args['paymentId']] : [],
  rows: {
    paymentContracts: (row) => row['paymentId'] as bigint,
    paymentMilestones: ofPayment,
    escrowTransactions: ofPayment,
  },
  read: readPayment,
});

const disputeEntities = entityKind<bigint>({
  name: 'dispute',
  kind: 'PaymentContract',
  *listed({ address, answerOf }) {
    const [result] = yield [nextDisputeId.request(address, [])];
    return countedFrom(1n, answerOf(nextDisputeId, result));
  },
  told: ({ kind, args }) =>
    kind === 'PaymentContract' && typeof args['disputeId'] === 'bigint' ? [args['disputeId']] : [],
  rows: { paymentDisputes: (row) => row['disputeId'] as bigint },
  read: readDispute,
});

export const payments = areaAudit('payments', {
  tables: {
    paymentContracts: [paymentEntities],
    paymentMilestones: [paymentEntities],
    paymentDisputes: [disputeEntities],
    escrowTransactions: notInContractState(
      'a payment contract keeps what became of each payment, not which money moved when: only its logs tell of that',
    ),
  },
  invariants: [
    {
      name: 'the payment contract holds what its open payments and their fees say',
      kind: 'PaymentContract',
      table: 'paymentContracts',
      measure: owedByContract,
      explainedBy: ['paymentMilestones', 'escrowTransactions'],
      explain: findSilentWithdrawals,
      check: escrowIsCovered,
    },
  ],
});

/** The payments and fees that are not yet paid out. */
function owedByContract(source: SourceOf): string {
  return `select payment.smart_contract_address as address,
            sum(greatest(coalesce(payment.amount, 0) + coalesce(payment.fee_amount, 0) - coalesce(paid.amount, 0), 0))::text as amount
     from ${source('paymentContracts')} as payment
     left join (
       select payment_contract_id, sum(amount) as amount from ${source('escrowTransactions')} as movement
       where kind <> 'deposit' group by payment_contract_id
     ) as paid on paid.payment_contract_id = payment.id
     where payment.chain_id = $1 and payment.status = 'pending' group by payment.smart_contract_address`;
}

function* escrowIsCovered({ contract, measured, answerOf }: InvariantQuestion): InvariantPlan {
  const { address } = contract;
  const owed = decimalToWei(measured ?? '0');
  // Any balance covers zero.
  if (owed === 0n) return { holds: true, detail: 'nothing owed', chainValue: null, databaseValue: '0' };
  const [tokenResult] = yield [paymentToken.request(address, [])];
  const token = answerOf(paymentToken, tokenResult);
  if (token === null) return null;
  const [result] = yield [balanceOf.request(token, [address])];
  const balance = answerOf(balanceOf, result);
  if (balance === null) return null;
  return {
    holds: balance >= owed,
    detail: `${weiToDecimal(balance)} held, ${weiToDecimal(owed)} owed`,
    chainValue: weiToDecimal(balance),
    databaseValue: weiToDecimal(owed),
  };
}

function ofPayment(row: Readonly<Record<string, unknown>>, { reference }: RowContext): bigint | null {
  const payment = reference.row('paymentContracts', row['paymentContractId'] as Uuid);
  return payment === undefined ? null : (payment['paymentId'] as bigint);
}

function* readPayment(question: Question): ReadPlan<readonly Expectation[]> {
  const { contract, key, answerOf } = question;
  const { address } = contract;
  const [paymentResult, tokenResult] = yield [
    getPayment.request(address, [key]),
    paymentToken.request(address, []),
  ];
  const rowId = paymentRowId(contract, key);
  if (paymentResult?.status === 'reverted')
    return [{ table: 'paymentContracts', rowId, entity: `payment ${key}`, exists: false, values: {} }];
  const answer = answerOf(getPayment, paymentResult);
  if (answer === null) return [];
  const tokenAddress = answerOf(paymentToken, tokenResult);
  const currency = tokenAddress === null ? null : yield* readSymbol(tokenAddress);
  const [payment, milestones] = answer;
  return [
    paymentClaim(question, payment, tokenAddress, currency),
    ...milestones.map((milestone) => milestoneClaim(contract, key, milestone)),
  ];
}

/** A symbol is optional in ERC-20. */
function* readSymbol(target: Address): ReadPlan<string | null> {
  const [result] = yield [symbol.request(target, [])];
  return symbol.valueOf(result);
}

function paymentClaim(
  { contract, key, reference }: Question,
  payment: Payment,
  tokenAddress: Address | null,
  currency: string | null,
): Expectation {
  const rowId = paymentRowId(contract, key);
  const disputes = reference.where('paymentDisputes', 'paymentContractId', rowId);
  const isRefunded = disputes.some((dispute) => dispute['favorPayer'] === true);
  const metadata = { text: text(payment.metadata), token: tokenAddress };
  return {
    table: 'paymentContracts',
    rowId,
    entity: `payment ${key}`,
    exists: true,
    values: {
      contractAddress: contract.address,
      paymentId: key,
      chainProductId: payment.productId,
      buyerId: user(payment.payer),
      sellerId: user(payment.payee),
      amount: payment.amount,
      ...(currency === null ? {} : { currency: text(currency) }),
      paymentType: text(payment.paymentType),
      status: statusOf(payment, isRefunded),
      isDisputed: payment.isDisputed,
      conditions: text(payment.conditions),
      createdAt: instant(payment.createdDate),
      expiresAt: optionalInstant(payment.dueDate),
      ...(tokenAddress === null ? {} : { metadata }),
    },
  };
}

/** A payment that ends by a dispute is completed, even if the payer received the money. */
function statusOf({ isCancelled, isCompleted }: Payment, isRefunded: boolean): ExpectedValue {
  if (isCancelled) return 'cancelled';
  if (!isCompleted) return 'pending';
  return isRefunded ? new OneOf('cancelled', 'confirmed') : 'confirmed';
}

function milestoneClaim(contract: IndexedContract, key: bigint, milestone: Milestone): Expectation {
  const { chainId, address } = contract;
  const { milestoneId: number, description, amount, isCompleted, dueDate, deliverables } = milestone;
  const parts = [number];
  return {
    table: 'paymentMilestones',
    rowId: entityId({ chainId, contract: address, table: 'payment_milestones', number: key, parts }),
    entity: `milestone ${number} of payment ${key}`,
    exists: true,
    values: {
      paymentContractId: paymentRowId(contract, key),
      milestoneId: number,
      description: text(description),
      amount,
      isCompleted,
      dueDate: optionalInstant(dueDate),
      deliverables: text(deliverables),
    },
  };
}

function* readDispute({ contract, key, answerOf }: Question): ReadPlan<readonly Expectation[]> {
  const { chainId, address } = contract;
  const [result] = yield [getDispute.request(address, [key])];
  const rowId = entityId({ chainId, contract: address, table: 'payment_disputes', number: key });
  const entity = `dispute ${key}`;
  if (result?.status === 'reverted')
    return [{ table: 'paymentDisputes', rowId, entity, exists: false, values: {} }];
  const dispute = answerOf(getDispute, result);
  if (dispute === null) return [];
  const [, payment, initiator, reason, evidence, ...outcome] = dispute;
  const [isResolved, arbitrator, resolutionDate, favorPayer, resolution] = outcome;
  const values = {
    paymentContractId: paymentRowId(contract, payment),
    disputeId: key,
    initiatorId: user(initiator),
    reason: text(reason),
    evidence: text(evidence),
    isResolved,
    arbitratorId: user(arbitrator),
    resolutionDate: optionalInstant(resolutionDate),
    favorPayer,
    resolution: text(resolution),
  };
  return [{ table: 'paymentDisputes', rowId, entity, exists: true, values }];
}

function paymentRowId({ chainId, address }: IndexedContract, number: bigint): Uuid {
  return entityId({ chainId, contract: address, table: 'payment_contracts', number });
}
