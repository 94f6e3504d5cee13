import { toAddress } from '../../../primitives/hex.ts';
import type { Address } from '../../../primitives/hex.ts';
import { stageOf } from '../vocabulary.ts';
import type { Stage } from '../vocabulary.ts';
import type { EventOf, EventPlace } from './log.ts';

export interface Product {
  readonly registry: Address;
  readonly id: bigint;
  name: string;
  readonly manufacturer: Address;
  readonly batchNumber: string;
  isActive: boolean;
  /** The stage of the latest checkpoint whose status is in the vocabulary. */
  stage: Stage;
  checkpointCount: number;
  readonly stakeholders: Set<Address>;
}

/** The products of all registries, derived from their events. */
export class ProductsState {
  readonly list: Product[] = [];
  readonly #byKey = new Map<string, Product>();

  find(registry: Address, id: bigint): Product | undefined {
    return this.#byKey.get(`${registry}:${id}`);
  }

  countIn(registry: Address): number {
    return this.#counts.get(registry) ?? 0;
  }

  readonly #counts = new Map<Address, number>();

  observe(event: EventOf<'ProductRegistry'>, place: EventPlace): void {
    if (event.eventName === 'ProductRegistered') {
      this.#add(event.args, place);
      return;
    }
    if (!('productId' in event.args)) return;
    const product = this.find(place.address, event.args.productId);
    // The first checkpoint is emitted before its product, whose count includes it.
    if (product === undefined) return;
    switch (event.eventName) {
      case 'CheckpointAdded':
        product.checkpointCount += 1;
        product.stage = stageOf(event.args.status) ?? product.stage;
        break;
      case 'StakeholderAdded':
        product.stakeholders.add(toAddress(event.args.stakeholder));
        break;
      case 'StakeholderRemoved':
        product.stakeholders.delete(toAddress(event.args.stakeholder));
        break;
      case 'ProductUpdated':
        product.name = event.args.productName;
        break;
      case 'ProductDeleted':
        product.isActive = false;
        break;
      case 'ProductReactivated':
        product.isActive = true;
        break;
      default:
    }
  }

  #add(
    args: Extract<EventOf<'ProductRegistry'>, { eventName: 'ProductRegistered' }>['args'],
    { address }: EventPlace,
  ): void {
    const manufacturer = toAddress(args.manufacturer);
    const product: Product = {
      registry: address,
      id: args.productId,
      name: args.productName,
      manufacturer,
      batchNumber: args.batchNumber,
      isActive: true,
      stage: 'manufactured',
      checkpointCount: 1,
      stakeholders: new Set([manufacturer]),
    };
    this.list.push(product);
    this.#byKey.set(`${address}:${product.id}`, product);
    this.#counts.set(address, this.countIn(address) + 1);
  }
}
