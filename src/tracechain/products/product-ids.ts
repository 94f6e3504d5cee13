/** The ids of a registry's rows; other areas refer to them without looking anything up. */
import type { ChainEvent } from '../../engine/contract/events.ts';
import type { Address } from '../../primitives/hex.ts';
import { entityId, type Uuid } from '../../primitives/ids.ts';

type Event = Pick<ChainEvent, 'block' | 'log'>;

/** A product of the registry that the event is of; `registry` names another one. */
export function productId(event: Event, number: bigint, registry: Address = event.log.address): Uuid {
  return entityId({ chainId: event.block.chainId, contract: registry, table: 'products', number });
}

export function checkpointId(
  event: Event,
  product: bigint,
  index: bigint,
  registry: Address = event.log.address,
): Uuid {
  const { chainId } = event.block;
  return entityId({ chainId, contract: registry, table: 'checkpoints', number: product, parts: [index] });
}

/** The link of the traceability chain that leads to a checkpoint. */
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
