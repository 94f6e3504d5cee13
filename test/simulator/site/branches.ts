/** The blocks that the nodes show: one growing chain, and the branches that replace its end. */
import type { Random } from '../../../src/devnet/activity/random.ts';
import type { NodeProxy } from '../proxy/node-proxy.ts';
import type { ReorgWay } from '../plan.ts';
import type { Fork } from './fork.ts';
import type { Forks } from './forks.ts';

/**
 * A branch starts later than the blocks that it replaces; otherwise an empty block in the place of an empty
 * one would be the same block.
 */
const partingSeconds = 1n;

export class Branches {
  /**
   * Whether the other fork can reproduce the blocks of this one. Anvil's own reorgs make blocks that no plan
   * reproduces.
   */
  #isRepeatable = true;
  readonly #forks: Forks;
  readonly #proxies: readonly NodeProxy[];
  readonly #random: Random;
  readonly #finalityBlocks: number;
  #current: Fork;
  #left: Fork;
  /** The highest block that any node has ever shown; finality is computed from it. */
  #highest: number;
  #isSplit = false;
  /** Whether `left` is an orphaned branch to which the nodes may return. */
  #canReturn = false;

  constructor(forks: Forks, proxies: readonly NodeProxy[], random: Random, finalityBlocks: number) {
    this.#forks = forks;
    this.#proxies = proxies;
    this.#random = random;
    this.#finalityBlocks = finalityBlocks;
    this.#current = forks.first;
    this.#left = forks.second;
    this.#highest = forks.first.head;
  }

  get current(): Fork {
    return this.#current;
  }

  /** The fork that is not shown. */
  get left(): Fork {
    return this.#left;
  }

  showAll(): void {
    for (const proxy of this.#proxies) proxy.show(this.#current, () => this.#stray());
    this.#isSplit = false;
  }

  async headBlock(): Promise<{ readonly number: number; readonly hash: string }> {
    const number = this.#current.head;
    return { number, hash: await this.#current.hashAt(number) };
  }

  async mine(blocks: number, actions: number): Promise<void> {
    for (let count = 0; count < blocks; count += 1) {
      await this.#mineOn(this.#current, actions);
      this.#highest = Math.max(this.#highest, this.#current.head);
      // Beyond this point, the second node's branch would fork before the final block.
      if (this.#isSplit && !this.#partsAfterFinal(this.#highest + 1)) this.heal();
    }
  }

  /** Returns whether any block could be replaced. */
  async reorganize({
    way: wanted,
    depth,
    more,
    actions,
  }: {
    readonly way: ReorgWay;
    readonly depth: number;
    readonly more: number;
    readonly actions: number;
  }): Promise<boolean> {
    const length = this.#lengthBelow(depth);
    const replaced = this.#current.plans.length - length;
    if (replaced <= 0) return false;
    const way = wanted === 'switch' && !this.#isRepeatable ? 'rewind' : wanted;
    if (way === 'anvil') {
      this.#isRepeatable = false;
      await this.#current.reorganize(replaced);
      this.#canReturn = false;
      await this.mine(more, actions);
      return true;
    }
    if (way === 'rewind') {
      await this.#current.become(this.#current.plans.slice(0, length));
      this.#canReturn = false;
      await this.#mineOn(this.#current, actions, partingSeconds);
      await this.mine(replaced + more - 1, actions);
      return true;
    }
    await this.#growOther(length, replaced + more, actions);
    this.#swap();
    return true;
  }

  async goBack(blocks: number, actions: number): Promise<boolean> {
    if (!this.#canReturn || !this.#partsAfterFinal(this.#highest)) return false;
    for (let count = 0; count < blocks; count += 1) await this.#mineOn(this.#left, actions);
    this.#swap();
    return true;
  }

  /** The second node gets its own branch, a little shorter or longer. */
  async split(depth: number, actions: number): Promise<boolean> {
    const [, second] = this.#proxies;
    const length = this.#lengthBelow(depth);
    const replaced = this.#current.plans.length - length;
    if (second === undefined || replaced <= 0) return false;
    await this.#growOther(length, Math.max(1, replaced + this.#random.integer(-1, 1)), actions);
    if (!this.#partsAfterFinal(Math.max(this.#highest, this.#left.head))) return false;
    second.show(this.#left, () => this.#stray());
    this.#highest = Math.max(this.#highest, this.#left.head);
    this.#isSplit = true;
    return true;
  }

  heal(): void {
    if (this.#isSplit) this.showAll();
  }

  async reorganizePastFinality(beyond: number): Promise<boolean> {
    const fork = this.#highest - this.#finalityBlocks - beyond;
    const length = fork - this.#current.baseNumber;
    if (length < 0) return false;
    await this.#growOther(length, this.#current.plans.length - length + 1, 2);
    this.#swap();
    return true;
  }

  /**
   * The number of blocks after the base that remain when `depth` blocks are removed. No block is removed that
   * any node may have reported as final.
   */
  #lengthBelow(depth: number): number {
    const { plans, baseNumber } = this.#current;
    const final = Math.max(baseNumber, this.#highest - this.#finalityBlocks);
    return Math.max(plans.length - depth, final - baseNumber);
  }

  /** Whether both forks agree on all final blocks if `highest` is the highest block ever shown. */
  #partsAfterFinal(highest: number): boolean {
    const { plans, baseNumber } = this.#current;
    const shared = plans.findIndex((plan, index) => plan !== this.#left.plans[index]);
    const sharedBlocks = shared === -1 ? Infinity : shared;
    return baseNumber + sharedBlocks >= Math.min(highest - this.#finalityBlocks, this.#left.head);
  }

  /** The fork that a load balancer may serve by mistake: a branch that contradicts no final block. */
  #stray(): Fork | null {
    return this.#partsAfterFinal(this.#highest) ? this.#left : null;
  }

  async #growOther(length: number, blocks: number, actions: number): Promise<void> {
    await this.#left.become(this.#current.plans.slice(0, length));
    for (let count = 0; count < blocks; count += 1)
      await this.#mineOn(this.#left, actions, count === 0 ? partingSeconds : 0n);
  }

  async #mineOn(fork: Fork, actions: number, delaySeconds = 0n): Promise<void> {
    const plan =
      actions === 0 ? await this.#forks.planEmpty(fork) : await this.#forks.plan(fork, this.#random, actions);
    await fork.mine({ ...plan, timestamp: plan.timestamp + delaySeconds });
  }

  #swap(): void {
    [this.#current, this.#left] = [this.#left, this.#current];
    this.#highest = Math.max(this.#highest, this.#current.head);
    this.#canReturn = true;
    this.showAll();
  }
}
