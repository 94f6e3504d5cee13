/** The initial state: permissions, allowances and funds for every account. */
import { maxUint256 } from 'viem';
import { callOf } from './action.ts';
import type { Action } from './action.ts';
import { contractAt } from './contracts.ts';
import { oneTokenWei } from './steps/step.ts';
import type { Scene } from './steps/step.ts';
import { standards } from './vocabulary.ts';
import { newProduct } from './wording.ts';

const startingBalanceWei = 50_000n * oneTokenWei;

/** The actions of the first round, in any order. */
export function planOpening(scene: Scene): readonly Action[] {
  const { world, cast } = scene;
  const contract = (kind: 'TraceToken' | 'PaymentContract') => world.contracts.first(kind).address;
  const token = contractAt('TraceToken', contract('TraceToken'));
  const payments = contractAt('PaymentContract', contract('PaymentContract'));
  const rewards = contractAt('RewardsDistributor', world.contracts.first('RewardsDistributor').address);
  const compliance = contractAt('ComplianceContract', world.contracts.first('ComplianceContract').address);
  const owner = cast.operator.address;
  const payers = [...cast.shops, ...cast.consumers];
  const holders = [...payers, ...cast.makers, ...cast.carriers, cast.visitor];
  return [
    ...holders.map(({ address }) => callOf(token, owner, 'transfer', [address, startingBalanceWei])),
    ...payers.map(({ address }) => callOf(token, address, 'approve', [payments.address, maxUint256])),
    callOf(payments, owner, 'setArbitrator', [cast.arbiter.address, true]),
    callOf(rewards, owner, 'setProcessor', [cast.rewardsProcessor.address, true]),
    ...cast.auditors.map(({ address }) => callOf(compliance, owner, 'setAuditor', [address, true])),
    ...standards.slice(0, 8).map((standard) => callOf(compliance, owner, 'setStandard', [standard, true])),
    visitorsProduct(scene),
  ];
}

/** The visitor gets a product, so that the user can send checkpoints for it. */
function visitorsProduct({ world, cast, random }: Scene): Action {
  const product = newProduct(random, world.time);
  return callOf(
    contractAt('ProductRegistry', world.contracts.first('ProductRegistry').address),
    cast.visitor.address,
    'registerProduct',
    [
      product.productName,
      product.productType,
      product.batchNumber,
      product.manufactureDate,
      product.expiryDate,
      product.rawMaterials,
      product.metadataURI,
    ],
  );
}
