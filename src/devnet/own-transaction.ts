/** A transaction that the person at the keyboard can send, ready to be pasted into a shell. */
import { callOf } from './activity/action.ts';
import { contractAt } from './activity/contracts.ts';
import type { Scene } from './activity/steps/step.ts';

export interface OwnTransaction {
  readonly description: string;
  /** One line of shell. */
  readonly command: string;
  /** Shows what came of it: a query of one row. */
  readonly query: string;
}

/**
 * A checkpoint for a product of the visitor's own, sent through the node's unlocked account: so it needs neither a key
 * nor a tool but curl. Undefined where the visitor has no product that is active.
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
    description: `a checkpoint for product ${product.id} ("${product.name}"), which is yours`,
    command: `curl -s ${rpcUrl} -H 'content-type: application/json' -d '${JSON.stringify(request)}'`,
    query:
      'select checkpoint_index, status, location, additional_data, created_at from checkpoints ' +
      `where location = '${cast.visitor.place}' order by created_at desc limit 1`,
  };
}
