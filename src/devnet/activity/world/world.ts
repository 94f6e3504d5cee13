/**
 * The activity's model of the devnet: a fold of the chain's logs, like the indexer's tables. So the activity continues after
 * a restart, and includes transactions of others.
 */
import type { FixtureAddresses } from '../../../../contracts-fixtures/deploy.ts';
import { abis } from '../contracts.ts';
import type { EventKey } from '../contracts.ts';
import { AdministrationState } from './administration.ts';
import { CertificatesState } from './certificates.ts';
import { ComplianceState } from './compliance.ts';
import { KnownContracts } from './known-contracts.ts';
import type { KnownContract, SomeEvent } from './known-contracts.ts';
import { decodeLog } from './log.ts';
import type { ChainLog } from './log.ts';
import { PaymentsState } from './payments.ts';
import { ProductsState } from './products.ts';
import { RewardsState } from './rewards.ts';
import { TokenState } from './token.ts';

export class World {
  readonly contracts: KnownContracts;
  readonly products = new ProductsState();
  readonly certificates = new CertificatesState();
  readonly token = new TokenState();
  readonly payments = new PaymentsState();
  readonly rewards = new RewardsState();
  readonly compliance = new ComplianceState();
  readonly administration = new AdministrationState();
  /** The number of occurrences of each event. */
  readonly eventCounts = new Map<EventKey, number>();
  /** Logs of the known contracts. */
  logCount = 0;
  /** Unix seconds of the latest block. */
  time = 0n;

  constructor(fixtures: FixtureAddresses) {
    this.contracts = new KnownContracts(fixtures);
  }

  /** Applies the logs of whole blocks, in the chain's order; `time` is that of the latest block. */
  observe(logs: readonly ChainLog[], time: bigint): void {
    this.time = time;
    for (const log of logs) this.contracts.discover(log);
    for (const log of logs) {
      const contract = this.contracts.at(log.address);
      if (contract !== undefined) this.#observeOne(contract, log);
    }
  }

  hasSeen(event: EventKey): boolean {
    return this.eventCounts.has(event);
  }

  #observeOne(contract: KnownContract, log: ChainLog): void {
    const eventName = this.#fold(contract, log);
    this.logCount += 1;
    if (eventName === undefined) return;
    const key = `${contract.kind}.${eventName}` as EventKey;
    this.eventCounts.set(key, (this.eventCounts.get(key) ?? 0) + 1);
  }

  /** Returns the event's name, or undefined if the contract's ABI has no such event. */
  #fold(contract: KnownContract, log: ChainLog): string | undefined {
    const take = <Event extends SomeEvent>(
      event: Event | undefined,
      observe: (event: Event) => void = () => undefined,
    ): string | undefined => {
      if (event === undefined) return undefined;
      this.contracts.observe(contract, event);
      observe(event);
      return event.eventName;
    };
    switch (contract.kind) {
      case 'ProductRegistry':
        return take(decodeLog(abis.ProductRegistry, log), (event) => this.products.observe(event, log));
      case 'NFTCertificate':
        return take(decodeLog(abis.NFTCertificate, log), (event) => this.certificates.observe(event, log));
      case 'TraceToken':
        return take(decodeLog(abis.TraceToken, log), (event) => this.token.observe(event, log));
      case 'PaymentContract':
        return take(decodeLog(abis.PaymentContract, log), (event) => this.payments.observe(event, log));
      case 'RewardsDistributor':
        return take(decodeLog(abis.RewardsDistributor, log), (event) => this.rewards.observe(event));
      case 'ComplianceContract':
        return take(decodeLog(abis.ComplianceContract, log), (event) => this.compliance.observe(event, log));
      case 'TraceAccessControl':
        return take(decodeLog(abis.TraceAccessControl, log), (event) => this.administration.observe(event));
      case 'NFTFactory':
        return take(decodeLog(abis.NFTFactory, log));
      case 'ProductFactory':
        return take(decodeLog(abis.ProductFactory, log));
      case 'ComplianceFactory':
        return take(decodeLog(abis.ComplianceFactory, log));
    }
    return undefined;
  }
}
