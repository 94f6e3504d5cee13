/** The ids of a registry's rows; other areas refer to them without a lookup. */
import type { ChainEvent } from '../../engine/contract/events.ts';
import type { Address } from '../../primitives/hex.ts';
import { entityId, type Uuid } from '../../primitives/ids.ts';

type Event = Pick<ChainEvent, 'block' | 'log'>;

/** Returns the id of a product, by default in the registry that emitted the event. */
export function productId(event: Event, number: bigint, registry: Address = event.log.address): Uuid {
  return entityId({ chainId: event.block.chainId, contract: registry, table: 'products', number });
}

/** Returns the id of a product's checkpoint, by default in the registry that emitted the event. */
export function checkpointId(
  event: Event,
  product: bigint,
  index: bigint,
  registry: Address = event.log.address,
): Uuid {
  const { chainId } = event.block;
  return entityId({ chainId, contract: registry, table: 'checkpoints', number: product, parts: [index] });
}

/** Returns the id of the traceability link that leads to a checkpoint. */
export function linkId(event: Event, product: bigint, index: bigint): Uuid {
  const { chainId } = event.block;
  return entityId({
    chainId,
    contract: event.log.address,
    table: 'traceability_chain',
    number: product,
    parts: [index],
  });
}

/** Returns the id of a wallet's row as a stakeholder of a product. */
export function stakeholderId(event: Event, product: bigint, wallet: Address): Uuid {
  const { chainId } = event.block;
  return entityId({
    chainId,
    contract: event.log.address,
    table: 'product_stakeholders',
    number: product,
    parts: [wallet],
  });
}
