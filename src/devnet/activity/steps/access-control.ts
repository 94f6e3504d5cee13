import { keccak256, toBytes } from 'viem';
import { toHash } from '../../../primitives/hex.ts';
import { callOf } from '../action.ts';
import { contractAt } from '../contracts.ts';
import { ownerStep, oneTokenWei, type Step } from './step.ts';

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

/** Steps of the access control contract: roles, limits and multi-signature proposals. */
export const accessControlSteps: readonly Step[] = [
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
