import { callOf } from '../action.ts';
import { contractAt } from '../contracts.ts';
import { rewardCategories, standards } from '../vocabulary.ts';
import { ownerStep, oneTokenWei, openContract, type Step } from './step.ts';

const setPlatformFee = ownerStep(
  'PaymentContract',
  'set platform fee',
  ['PaymentContract.PlatformFeeUpdated'],
  ({ random }, address, owner) => [
    callOf(contractAt('PaymentContract', address), owner, 'setPlatformFee', [
      BigInt(random.integer(100, 400)),
    ]),
  ],
);

const setFeeRecipient = ownerStep(
  'PaymentContract',
  'set fee recipient',
  ['PaymentContract.FeeRecipientUpdated'],
  ({ random, cast }, address, owner) => {
    const recipient = random.pick([cast.operator, cast.rewardsProcessor]).address;
    return [callOf(contractAt('PaymentContract', address), owner, 'setFeeRecipient', [recipient])];
  },
);

const setArbitrator = ownerStep(
  'PaymentContract',
  'set arbitrator',
  ['PaymentContract.ArbitratorAuthorized'],
  ({ random, cast }, address, owner) => {
    const permission = [random.pick(cast.auditors).address, random.chance(0.6)] as const;
    return [callOf(contractAt('PaymentContract', address), owner, 'setArbitrator', permission)];
  },
);

const setDistributor = ownerStep(
  'TraceToken',
  'set distributor',
  ['TraceToken.DistributorAuthorized'],
  ({ random, cast }, address, owner) => {
    const permission = [cast.rewardsProcessor.address, random.chance(0.6)] as const;
    return [callOf(contractAt('TraceToken', address), owner, 'setDistributor', permission)];
  },
);

const setRewardRate = ownerStep(
  'RewardsDistributor',
  'set reward rate',
  ['RewardsDistributor.RewardRateUpdated'],
  ({ random }, address, owner) => {
    const rate = [random.pick(rewardCategories), BigInt(random.integer(1, 15)) * oneTokenWei] as const;
    return [callOf(contractAt('RewardsDistributor', address), owner, 'setRewardRate', rate)];
  },
);

/** Only a category without rewards, so that rewards continue. */
const toggleCategory = ownerStep(
  'RewardsDistributor',
  'toggle category',
  ['RewardsDistributor.CategoryToggled'],
  ({ random }, address, owner) => [
    callOf(contractAt('RewardsDistributor', address), owner, 'toggleCategory', [
      'referral',
      random.chance(0.5),
    ]),
  ],
);

const setProcessor = ownerStep(
  'RewardsDistributor',
  'set processor',
  ['RewardsDistributor.ProcessorAuthorized'],
  ({ random, cast }, address, owner) => {
    const permission = [random.pick(cast.auditors).address, random.chance(0.6)] as const;
    return [callOf(contractAt('RewardsDistributor', address), owner, 'setProcessor', permission)];
  },
);

const setAuditor = ownerStep(
  'ComplianceContract',
  'set auditor',
  ['ComplianceContract.AuditorAuthorized'],
  ({ random, cast }, address, owner) => {
    const permission = [random.pick(cast.carriers).address, random.chance(0.5)] as const;
    return [callOf(contractAt('ComplianceContract', address), owner, 'setAuditor', permission)];
  },
);

const setStandard = ownerStep(
  'ComplianceContract',
  'set standard',
  ['ComplianceContract.StandardSupported'],
  ({ random }, address, owner) => {
    const support = [random.pick(standards), random.chance(0.85)] as const;
    return [callOf(contractAt('ComplianceContract', address), owner, 'setStandard', support)];
  },
  0.6,
);

const deploymentFeeWei = 10n ** 15n;

function feeStep(kind: 'NFTFactory' | 'ProductFactory' | 'ComplianceFactory'): Step {
  return ownerStep(
    kind,
    `set fee of ${kind}`,
    [`${kind}.DeploymentFeeUpdated`],
    ({ random }, address, owner) => {
      // The fee is paid as last known by the world: no deployment is in the round that changes it.
      const claims = [`factory:${address}`];
      const fee = [BigInt(random.integer(0, 50)) * deploymentFeeWei] as const;
      return [callOf(contractAt(kind, address), owner, 'setDeploymentFee', fee, { claims })];
    },
  );
}

function deployerStep(kind: 'ProductFactory' | 'ComplianceFactory'): Step {
  return ownerStep(
    kind,
    `set deployer of ${kind}`,
    [`${kind}.DeployerAuthorized`],
    ({ random, cast }, address, owner) => {
      const permission = [
        random.pick([...cast.makers, ...cast.auditors]).address,
        random.chance(0.7),
      ] as const;
      return [callOf(contractAt(kind, address), owner, 'setDeployer', permission)];
    },
  );
}

/** A maker transfers its registry to another maker. */
const sellRegistry: Step = {
  name: 'sell registry',
  weight: 0.05,
  causes: ['ProductRegistry.OwnershipTransferred'],
  plan(scene) {
    const { random, cast } = scene;
    const registry = openContract(scene, 'ProductRegistry', ({ factory }) => factory !== null);
    if (registry === undefined) return [];
    const buyer = random.pick(cast.makers.filter(({ address }) => address !== registry.owner)).address;
    const contract = contractAt('ProductRegistry', registry.address);
    return [
      callOf(contract, registry.owner, 'transferOwnership', [buyer], {
        claims: [`child:${registry.address}`],
      }),
    ];
  },
};

/** Steps of contracts' owners: fees, permissions, standards, ownership. */
export const administrationSteps: readonly Step[] = [
  setPlatformFee,
  setFeeRecipient,
  setArbitrator,
  setDistributor,
  setRewardRate,
  toggleCategory,
  setProcessor,
  setAuditor,
  setStandard,
  feeStep('NFTFactory'),
  feeStep('ProductFactory'),
  feeStep('ComplianceFactory'),
  deployerStep('ProductFactory'),
  deployerStep('ComplianceFactory'),
  sellRegistry,
];
