import type { ChainNode } from '../rpc/node.ts';

/** Nodes with their answers counted. */
export class ObservedNodes {
  readonly #observed = new WeakMap<ChainNode, ChainNode>();
  #answers = 0;

  get answers(): number {
    return this.#answers;
  }

  /** The node, observed; the same object each time, since limits are remembered by it. */
  observe(node: ChainNode): ChainNode {
    const known = this.#observed.get(node);
    if (known !== undefined) return known;
    const observed: ChainNode = {
      ...node,
      request: async (...question) => this.#counted(await node.request(...question)),
      requestBatch: async (...question) => this.#counted(await node.requestBatch(...question)),
    };
    this.#observed.set(node, observed);
    return observed;
  }

  #counted<Answer>(answer: Answer): Answer {
    this.#answers += 1;
    return answer;
  }
}
