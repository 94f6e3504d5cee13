/** The state of the generated dataset's contracts. */
import type { MilestoneState, PaymentState } from '../../tracechain/payments/contract.ts';
import type { ComplianceCheckState } from '../../tracechain/compliance/contract.ts';
import type { CertificateState, VerificationState } from '../../tracechain/certificates/contract.ts';
import type { CheckpointState, ProductState } from '../../tracechain/products/contract.ts';
import type { StakeState } from '../../tracechain/token/contract.ts';
import type { ContractKind, IndexedContract } from '../../engine/contract/kind.ts';
import type { Address } from '../../primitives/hex.ts';
import type { Random } from '../activity/random.ts';
import type { RuleText, Stage } from '../activity/vocabulary.ts';
import { EventLog } from './event-log.ts';
import { gather, newAddress, type DatasetUsers } from './users.ts';

type Changing<State> = { -readonly [Property in keyof State]: State[Property] };
type Known<State> = Changing<{ [Property in keyof State]: NonNullable<State[Property]> }>;

export interface MadeProduct {
  readonly id: bigint;
  readonly state: Known<ProductState>;
  readonly stakeholders: Set<Address>;
  readonly carrier: Address;
  readonly shop: Address;
  stage: Stage;
  readonly checkpoints: CheckpointState[];
  readonly checks: ComplianceCheckState[];
}

export interface MadeCertificate {
  readonly tokenId: bigint;
  readonly state: Known<CertificateState>;
  owner: Address;
  readonly history: VerificationState[];
}

export interface MadePayment {
  readonly id: bigint;
  readonly state: Known<PaymentState>;
  readonly milestones: readonly MilestoneState[];
}

export interface MadeRule {
  readonly text: RuleText;
  readonly creator: Address;
  readonly createdDate: bigint;
}

type ContractOf<Kind extends ContractKind> = IndexedContract & { readonly kind: Kind };

export interface DatasetContracts {
  readonly registry: ContractOf<'ProductRegistry'>;
  readonly certificates: ContractOf<'NFTCertificate'>;
  readonly token: ContractOf<'TraceToken'>;
  readonly payments: ContractOf<'PaymentContract'>;
  readonly rewards: ContractOf<'RewardsDistributor'>;
  readonly compliance: ContractOf<'ComplianceContract'>;
}

export interface DatasetWorld {
  readonly random: Random;
  readonly people: DatasetUsers;
  readonly contracts: DatasetContracts;
  readonly chronicle: EventLog;
  readonly products: MadeProduct[];
  readonly certificates: MadeCertificate[];
  readonly payments: MadePayment[];
  readonly openPayments: MadePayment[];
  readonly rules: MadeRule[];
  /** Token balances in wei, by holder. */
  readonly balances: Map<Address, bigint>;
  readonly stakes: Map<Address, Changing<StakeState>>;
  /** Claimable rewards in wei. */
  readonly accrued: Map<Address, bigint>;
}

/** The initial, empty state. */
export function newWorld(
  random: Random,
  options: {
    readonly chainId: number;
    readonly name: string;
    readonly people: number;
    readonly time: bigint;
  },
): DatasetWorld {
  const { chainId, name, people, time } = options;
  const contract = <Kind extends ContractKind>(kind: Kind, registry: Address | null): ContractOf<Kind> => ({
    chainId,
    address: newAddress(random),
    kind,
    startBlock: 0,
    factory: null,
    registry,
  });
  const registry = contract('ProductRegistry', null);
  return {
    random,
    people: gather(random, people),
    contracts: {
      registry,
      certificates: contract('NFTCertificate', registry.address),
      token: contract('TraceToken', null),
      payments: contract('PaymentContract', registry.address),
      rewards: contract('RewardsDistributor', null),
      compliance: contract('ComplianceContract', registry.address),
    },
    chronicle: new EventLog(chainId, name, time),
    products: [],
    certificates: [],
    payments: [],
    openPayments: [],
    rules: [],
    balances: new Map(),
    stakes: new Map(),
    accrued: new Map(),
  };
}

/** A possible event with its weight; does nothing if the world does not allow it. */
export interface Happening {
  readonly weight: number;
  readonly happen: (world: DatasetWorld) => void;
}
