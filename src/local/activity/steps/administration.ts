import { keccak256, toBytes } from 'viem';
import { toHash } from '../../../primitives/hex.ts';
import type { Address } from '../../../primitives/hex.ts';
import { callOf } from '../action.ts';
import type { Action } from '../action.ts';
import { contractAt } from '../contracts.ts';
import type { EventKey, FixtureKind } from '../contracts.ts';
import { rewardCategories, standards } from '../vocabulary.ts';
import { oneTokenWei, openContract } from './step.ts';
import type { Scene, Step } from './step.ts';

/** A step that a contract's owner takes alone. */
function ownerStep(
  kind: FixtureKind,
  name: string,
  causes: readonly EventKey[],
  plan: (scene: Scene, address: Address, owner: Address) => readonly Action[],
  weight = 0.15,
): Step {
  return {
    name,
    weight,
    causes,
    plan(scene) {
      const contract = openContract(scene, kind);
      return contract === undefined ? [] : plan(scene, contract.address, contract.owner);
    },
  };
}

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

/** Only a category that nothing is rewarded in yet, so that rewards go on. */
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
      // The fee is paid as the world last knew it: nobody deploys in the round that changes it.
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

/** A maker sells a registry of their own to another maker. */
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

const roles = {
  auditor: toHash(keccak256(toBytes('AUDITOR_ROLE'))),
  logistics: toHash(keccak256(toBytes('LOGISTICS_ROLE'))),
  /** Only ever gets another administrator: whom it is granted to isn't the operator's business. */
  fieldAgent: toHash(keccak256(toBytes('FIELD_AGENT_ROLE'))),
} as const;

const grantRole = ownerStep(
  'TraceAccessControl',
  'grant role',
  ['TraceAccessControl.RoleGranted'],
  ({ random, cast, world }, address, owner) => {
    const role = random.pick([roles.auditor, roles.logistics]);
    const account = random.find(
      [...cast.byAddress.keys()],
      (candidate) => !world.administration.hasRole(role, candidate),
    );
    if (account === undefined) return [];
    const claims = [`role:${role}:${account}`];
    return [
      callOf(contractAt('TraceAccessControl', address), owner, 'grantRole', [role, account], { claims }),
    ];
  },
);

const revokeRole = ownerStep(
  'TraceAccessControl',
  'revoke role',
  ['TraceAccessControl.RoleRevoked'],
  ({ random, cast, world }, address, owner) => {
    const role = random.pick([roles.auditor, roles.logistics]);
    const account = random.find([...cast.byAddress.keys()], (candidate) =>
      world.administration.hasRole(role, candidate),
    );
    if (account === undefined) return [];
    const claims = [`role:${role}:${account}`];
    return [
      callOf(contractAt('TraceAccessControl', address), owner, 'revokeRole', [role, account], { claims }),
    ];
  },
  0.1,
);

const setRoleAdmin = ownerStep(
  'TraceAccessControl',
  'set role admin',
  ['TraceAccessControl.RoleAdminChanged'],
  ({ random }, address, owner) => {
    const administration = [roles.fieldAgent, random.pick([roles.auditor, roles.logistics])] as const;
    return [callOf(contractAt('TraceAccessControl', address), owner, 'setRoleAdmin', administration)];
  },
  0.05,
);

const blacklist = ownerStep(
  'TraceAccessControl',
  'blacklist',
  ['TraceAccessControl.AddressBlacklisted'],
  ({ random, cast, world }, address, owner) => {
    const account = random.pick(cast.consumers).address;
    const verdict = [account, !world.administration.blacklisted.has(account)] as const;
    return [callOf(contractAt('TraceAccessControl', address), owner, 'setBlacklisted', verdict)];
  },
);

const setLimit = ownerStep(
  'TraceAccessControl',
  'set limit',
  ['TraceAccessControl.AddressLimitUpdated'],
  ({ random, cast }, address, owner) => {
    const limit = [
      random.pick(cast.consumers).address,
      BigInt(random.integer(1, 50)) * 1000n * oneTokenWei,
    ] as const;
    return [callOf(contractAt('TraceAccessControl', address), owner, 'setAddressLimit', limit)];
  },
);

const recordActivity = ownerStep(
  'TraceAccessControl',
  'record activity',
  ['TraceAccessControl.UserActivityUpdated'],
  ({ random, cast }, address, owner) => {
    const user = random.pick([...cast.consumers, ...cast.shops]).address;
    const activity = [
      user,
      BigInt(random.integer(1, 40)),
      BigInt(random.integer(1, 9000)) * oneTokenWei,
    ] as const;
    return [callOf(contractAt('TraceAccessControl', address), owner, 'recordUserActivity', activity)];
  },
);

const configureMultiSig = ownerStep(
  'TraceAccessControl',
  'configure multi-signature',
  ['TraceAccessControl.MultiSigConfigCreated'],
  ({ random, cast }, address, owner) => {
    const signers = [...cast.auditors, cast.arbiter].map((actor) => actor.address);
    const configuration = [random.bytes(32), 2n, signers] as const;
    return [callOf(contractAt('TraceAccessControl', address), owner, 'createMultiSigConfig', configuration)];
  },
  0.05,
);

const propose = ownerStep(
  'TraceAccessControl',
  'propose',
  ['TraceAccessControl.MultiSigProposalCreated'],
  ({ random, cast, world }, address) => {
    const configId = random.find(world.administration.multiSigConfigIds, () => true);
    if (configId === undefined) return [];
    const proposal = [configId, world.contracts.first('PaymentContract').address] as const;
    const proposer = random.pick(cast.auditors).address;
    return [callOf(contractAt('TraceAccessControl', address), proposer, 'createMultiSigProposal', proposal)];
  },
);

const sign = ownerStep(
  'TraceAccessControl',
  'sign proposal',
  ['TraceAccessControl.MultiSigProposalSigned'],
  ({ random, cast, world }, address) => {
    const signers = [...cast.auditors, cast.arbiter].map((actor) => actor.address);
    const proposal = random.find(world.administration.openProposals(), ({ signatures }) =>
      signers.some((signer) => !signatures.has(signer)),
    );
    if (proposal === undefined) return [];
    const signer = random.pick(signers.filter((candidate) => !proposal.signatures.has(candidate)));
    const claims = [`proposal:${proposal.id}`];
    return [
      callOf(contractAt('TraceAccessControl', address), signer, 'signMultiSigProposal', [proposal.id], {
        claims,
      }),
    ];
  },
  0.4,
);

const execute = ownerStep(
  'TraceAccessControl',
  'execute proposal',
  ['TraceAccessControl.MultiSigProposalExecuted'],
  ({ random, cast, world }, address) => {
    const proposal = random.find(
      world.administration.openProposals(),
      ({ signatures }) => signatures.size > 0,
    );
    if (proposal === undefined) return [];
    const claims = [`proposal:${proposal.id}`];
    const executor = random.pick(cast.auditors).address;
    return [
      callOf(contractAt('TraceAccessControl', address), executor, 'executeMultiSigProposal', [proposal.id], {
        claims,
      }),
    ];
  },
);

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
  grantRole,
  revokeRole,
  setRoleAdmin,
  blacklist,
  setLimit,
  recordActivity,
  configureMultiSig,
  propose,
  sign,
  execute,
];
