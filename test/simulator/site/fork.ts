/**
 * One node's chain of reproducible blocks: the same plan on the same parent gives the same block, including
 * its hash. So two anvils can hold one chain, diverge, and converge again.
 */
import type { AnvilServer } from '../../../src/devnet/anvil.ts';
import type { Action } from '../../../src/devnet/activity/action.ts';
import { required } from '../../../src/primitives/errors.ts';
import { type Hash, toHash } from '../../../src/primitives/hex.ts';
import { callNode, callNodeAtOnce } from '../../support/json-rpc.ts';
import { Gate } from './gate.ts';

export interface BlockPlan {
  /** Unix seconds. */
  readonly timestamp: bigint;
  readonly actions: readonly Action[];
}

/**
 * The base fee of every block. By default, anvil's next base fee would depend on blocks that were reverted
 * before.
 */
const baseFeeWei = 1_000_000_000n;
const maximumFeeWei = 4_000_000_000n;

export class Fork {
  readonly anvil: AnvilServer;
  readonly name: string;
  /** All reads pass through it, so that no read sees a block while it is made or reverted. */
  readonly gate = new Gate();
  /** The number of the last block that is never reverted. */
  #baseNumber = 0;
  /** The blocks after the base. */
  #plans: BlockPlan[] = [];

  constructor(name: string, anvil: AnvilServer) {
    this.name = name;
    this.anvil = anvil;
  }

  get head(): number {
    return this.#baseNumber + this.#plans.length;
  }

  /** The plans of the blocks after the base, oldest first. */
  get plans(): readonly BlockPlan[] {
    return this.#plans;
  }

  get baseNumber(): number {
    return this.#baseNumber;
  }

  async request(method: string, ...parameters: readonly unknown[]): Promise<unknown> {
    return await callNode(this.anvil.rpcUrl, method, parameters);
  }

  /** Declares the chain so far the common base of all runs. */
  async keepAsBase(): Promise<void> {
    this.#baseNumber = Number(await this.request('eth_blockNumber'));
    this.#plans = [];
  }

  async mine(plan: BlockPlan): Promise<void> {
    await this.gate.alone(async () => await this.#mine(plan));
  }

  /**
   * Turns this chain into the one that these plans give: reverts what differs and mines the rest, invisibly
   * to readers.
   */
  async become(plans: readonly BlockPlan[]): Promise<void> {
    await this.gate.alone(async () => {
      const shared = plans.findIndex((plan, index) => plan !== this.#plans[index]);
      await this.#takeBackTo(shared === -1 ? Math.min(plans.length, this.#plans.length) : shared);
      for (const plan of plans.slice(this.#plans.length)) await this.#mine(plan);
    });
  }

  /**
   * Replaces the last blocks by as many empty ones, by anvil's own reorg, which makes different blocks each
   * time.
   */
  async reorganize(depth: number): Promise<void> {
    await this.gate.alone(async () => {
      await this.request('anvil_reorg', depth, []);
      const kept = this.#plans.slice(0, this.#plans.length - depth);
      this.#plans = [...kept, ...this.#plans.slice(-depth).map(unrepeatable)];
    });
  }

  async hashAt(number: number): Promise<Hash> {
    const block = await this.request('eth_getBlockByNumber', `0x${number.toString(16)}`, false);
    return toHash((required(block, `block ${number} of fork ${this.name}`) as { hash: string }).hash);
  }

  /** Unix seconds of the newest block. */
  async headTime(): Promise<bigint> {
    const block = await this.request('eth_getBlockByNumber', 'latest', false);
    return BigInt((block as { timestamp: string }).timestamp);
  }

  async #takeBackTo(length: number): Promise<void> {
    const surplus = this.#plans.length - length;
    if (surplus > 0) await this.request('anvil_rollback', surplus);
    this.#plans = this.#plans.slice(0, length);
  }

  async #mine(plan: BlockPlan): Promise<void> {
    const transactions = await this.#transactionsOf(plan.actions);
    await callNodeAtOnce(this.anvil.rpcUrl, [
      ...transactions.map((transaction) => ({ method: 'eth_sendTransaction', parameters: [transaction] })),
      { method: 'anvil_setNextBlockBaseFeePerGas', parameters: [quantity(baseFeeWei)] },
      { method: 'evm_setNextBlockTimestamp', parameters: [Number(plan.timestamp)] },
    ]);
    await this.request('anvil_mine', '0x1');
    this.#plans.push(plan);
  }

  /** The order of transactions is part of the block's hash, so each pays a little more than the next one. */
  async #transactionsOf(actions: readonly Action[]): Promise<unknown[]> {
    const senders = [...new Set(actions.map(({ from }) => from))];
    if (senders.length === 0) return [];
    const counts = await callNodeAtOnce(
      this.anvil.rpcUrl,
      senders.map((from) => ({ method: 'eth_getTransactionCount', parameters: [from, 'latest'] })),
    );
    const nonces = new Map(senders.map((from, index) => [from, Number(counts[index])]));
    return actions.map(({ from, to, data, valueWei, gas }, index) => {
      const nonce = required(nonces.get(from), 'a sender’s nonce');
      nonces.set(from, nonce + 1);
      return {
        from,
        to,
        data,
        value: quantity(valueWei),
        gas: quantity(gas),
        nonce: quantity(nonce),
        maxFeePerGas: quantity(maximumFeeWei),
        maxPriorityFeePerGas: quantity(actions.length - index),
      };
    });
  }
}

function quantity(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}

function unrepeatable({ timestamp }: BlockPlan): BlockPlan {
  return { timestamp, actions: [] };
}
