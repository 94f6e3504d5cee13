/**
 * Requests to nodes during the start of the daemon. At that time a configuration error is reported and not
 * waited out.
 */
import { isLastingRefusal, type NodeError } from '../../rpc/errors.ts';
import type { ChainNode } from '../../rpc/node.ts';
import type { NodePool } from '../../chain/nodes.ts';
import { CannotRunError } from '../../../primitives/errors.ts';

/**
 * Runs the action as `NodePool.run` does. Throws a CannotRunError if every node refuses permanently (no
 * access, an unsupported method), since waiting does not help. A running daemon does wait in this case,
 * because access may return.
 */
export async function askAtStart<T>(nodes: NodePool, action: (node: ChainNode) => Promise<T>): Promise<T> {
  const refusals: NodeError[] = [];
  try {
    return await nodes.run(async (node) => {
      try {
        return await action(node);
      } catch (error) {
        if (isLastingRefusal(error)) refusals.push(error);
        throw error;
      }
    });
  } catch (error) {
    const [first] = refusals;
    if (first === undefined || refusals.length < nodes.nodes.length) throw error;
    throw new CannotRunError(`no node can be used: ${refusals.map(({ message }) => message).join('; ')}`, {
      code: 'sync/nodes-refuse',
      fix:
        first.kind === 'access-refused'
          ? 'Check RPC_URL, the keys in it, and what the provider says of the account.'
          : `Use a node that serves ${first.method}, or enable it there.`,
    });
  }
}
