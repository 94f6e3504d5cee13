import type { FixtureAddresses } from '../../../../contracts-fixtures/deploy.ts';
import { required } from '../../../primitives/errors.ts';
import { toAddress, zeroAddress } from '../../../primitives/hex.ts';
import type { Address } from '../../../primitives/hex.ts';
import { abis, kindOfFixture } from '../contracts.ts';
import type { FixtureKind } from '../contracts.ts';
import { decodeLog } from './log.ts';
import type { ChainLog, EventOf } from './log.ts';

export interface KnownContract {
  readonly kind: FixtureKind;
  readonly address: Address;
  /** Null for the ten initial contracts. */
  readonly factory: Address | null;
  /** The account that requested the child: only it may change the factory's entry, regardless of the child's owner. */
  readonly creator: Address | null;
  owner: Address;
  isPaused: boolean;
  /** False while its factory has deactivated it. */
  isActive: boolean;
  /** The factory's fee for a child. */
  deploymentFeeWei: bigint;
}

type Origin = Pick<KnownContract, 'factory' | 'creator'>;

function made(log: ChainLog, owner: string): Origin {
  return { factory: log.address, creator: toAddress(owner) };
}

/** An event of any kind of contract. */
export type SomeEvent = { [Kind in FixtureKind]: EventOf<Kind> }[FixtureKind];

/** The contracts of the devnet, including the factories' children. */
export class KnownContracts {
  readonly list: KnownContract[] = [];
  readonly #byAddress = new Map<Address, KnownContract>();

  constructor(fixtures: FixtureAddresses) {
    for (const [name, kind] of Object.entries(kindOfFixture)) {
      this.#add(kind, fixtures[name as keyof FixtureAddresses], { factory: null, creator: null });
    }
  }

  at(address: Address): KnownContract | undefined {
    return this.#byAddress.get(address);
  }

  ofKind(kind: FixtureKind): KnownContract[] {
    return this.list.filter((contract) => contract.kind === kind);
  }

  /** Returns the initial contract of this kind. */
  first(kind: FixtureKind): KnownContract {
    return required(
      this.list.find((contract) => contract.kind === kind),
      `the devnet's ${kind}`,
    );
  }

  childrenOf(factory: Address): KnownContract[] {
    return this.list.filter((contract) => contract.factory === factory);
  }

  /** A child's first logs precede its announcement, so children are discovered before any log is applied. */
  discover(log: ChainLog): void {
    switch (this.at(log.address)?.kind) {
      case 'ProductFactory': {
        const event = decodeLog(abis.ProductFactory, log);
        if (event?.eventName === 'RegistryCreated') {
          this.#add('ProductRegistry', toAddress(event.args.registryAddress), made(log, event.args.owner));
        }
        break;
      }
      case 'NFTFactory': {
        const event = decodeLog(abis.NFTFactory, log);
        if (event?.eventName === 'NFTCertificateDeployed') {
          this.#add('NFTCertificate', toAddress(event.args.contractAddress), made(log, event.args.owner));
        }
        break;
      }
      case 'ComplianceFactory': {
        const event = decodeLog(abis.ComplianceFactory, log);
        if (event?.eventName === 'ComplianceContractCreated') {
          this.#add(
            'ComplianceContract',
            toAddress(event.args.complianceAddress),
            made(log, event.args.owner),
          );
        }
        break;
      }
      default:
    }
  }

  /** Applies the events that all contracts share (ownership, pause), and those of factories. */
  observe(contract: KnownContract, event: SomeEvent): void {
    switch (event.eventName) {
      case 'OwnershipTransferred':
        contract.owner = toAddress(event.args.newOwner);
        break;
      case 'Paused':
        contract.isPaused = true;
        break;
      case 'Unpaused':
        contract.isPaused = false;
        break;
      case 'DeploymentFeeUpdated':
        contract.deploymentFeeWei = event.args.newFee;
        break;
      case 'RegistryDeactivated':
      case 'RegistryReactivated':
        this.#setActive(event.args.registryAddress, event.eventName === 'RegistryReactivated');
        break;
      case 'ComplianceContractDeactivated':
      case 'ComplianceContractReactivated':
        this.#setActive(event.args.complianceAddress, event.eventName === 'ComplianceContractReactivated');
        break;
      default:
    }
  }

  #setActive(address: string, isActive: boolean): void {
    const child = this.at(toAddress(address));
    if (child !== undefined) child.isActive = isActive;
  }

  #add(kind: FixtureKind, address: Address, origin: Origin): void {
    const contract: KnownContract = {
      kind,
      address,
      ...origin,
      owner: zeroAddress,
      isPaused: false,
      isActive: true,
      deploymentFeeWei: 0n,
    };
    this.list.push(contract);
    this.#byAddress.set(address, contract);
  }
}
