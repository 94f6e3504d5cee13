/** A transaction that the user can send, ready to be pasted into a shell. */
import { callOf } from './activity/action.ts';
import { contractAt } from './activity/contracts.ts';
import type { Scene } from './activity/steps/step.ts';

export interface OwnTransaction {
  readonly description: string;
  /** One line of shell. */
  readonly command: string;
  /** A query of one row that shows the effect of the transaction. */
  readonly query: string;
}

/**
 * Composes a checkpoint for a product that the visitor's account owns. The node signs for that account, so the user needs
 * only curl and no key. Undefined if the visitor has no active product.
 */
export function composeOwnTransaction({ world, cast }: Scene, rpcUrl: string): OwnTransaction | undefined {
  const visitor = cast.visitor.address;
  const product = world.products.list.find(
    ({ manufacturer, isActive }) => manufacturer === visitor && isActive,
  );
  if (product === undefined) return undefined;
  const registry = contractAt('ProductRegistry', product.registry);
  const checkpoint = [product.id, 'In Transit', cast.visitor.place, 'sent by hand'] as const;
  const { from, to, data } = callOf(registry, visitor, 'addCheckpoint', checkpoint);
  const request = { jsonrpc: '2.0', id: 1, method: 'eth_sendTransaction', params: [{ from, to, data }] };
  return {
    description: `record a checkpoint for product ${product.id} ("${product.name}"), which your account owns`,
    command: `curl -s ${rpcUrl} -H 'content-type: application/json' -d '${JSON.stringify(request)}'`,
    query:
      'select checkpoint_index, status, location, additional_data, created_at from checkpoints ' +
      `where location = '${cast.visitor.place}' order by created_at desc limit 1`,
  };
}
