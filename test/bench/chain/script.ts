/**
 * The script of a benchmark's chain, block by block, and the rows that it must produce. A model of a few
 * lines gives both, and shares no code with the indexer.
 *
 * Every transaction does one thing, as most do on a real chain: a transfer, a checkpoint, a product.
 */
import { encodeFunctionData, parseEther } from 'viem';
import { productRegistryAbi, traceTokenAbi } from '../../../abis/index.ts';
import { type Random, seededRandom } from '../../../src/devnet/activity/random.ts';
import { required } from '../../../src/primitives/errors.ts';
import { type Address, type Hex, toAddress } from '../../../src/primitives/hex.ts';
import { type ChainRecipe, sparseBlocksPerEvent } from './recipe.ts';

export interface ScriptedTransaction {
  readonly from: Address;
  readonly to: Address;
  readonly data: Hex;
  /** Set if it needs more gas than one event. */
  readonly gas?: Hex;
  /**
   * Later transactions of the same block depend on it: the order of registrations determines a product's
   * number.
   */
  readonly isAwaited?: true;
}

export interface ScriptedBlock {
  /** Blocks without transactions that are mined before this one. */
  readonly emptyBefore: number;
  readonly transactions: readonly ScriptedTransaction[];
}

export interface ScriptContracts {
  readonly token: Address;
  readonly registry: Address;
  /** Only if certificates are minted. */
  readonly certificate?: Address;
  /** The initial holder of all tokens. */
  readonly owner: Address;
}

/** The rows that the script's events produce, without the deployment's own events. */
export interface ScriptedOutcome {
  readonly logs: number;
  readonly transfers: number;
  readonly products: number;
  readonly checkpoints: number;
  readonly certificates: number;
  /** Each holder's received minus sent amounts, in wei; the owner's is negative. */
  readonly balanceChanges: ReadonlyMap<Address, bigint>;
}

/** Makes one chain's blocks, and knows the rows that they produce. */
export interface ScriptedChain {
  blocks(): Generator<ScriptedBlock>;
  /** Returns the outcome of the blocks taken so far. */
  outcome(): ScriptedOutcome;
}

const mostHolders = 5_000;
const makers = 20;
const startingBalanceWei = parseEther('1000');
/** Of the events of a mixed chain, in percent; the rest are checkpoints. */
const mixedPercent = { transfers: 70, products: 5 } as const;

export class ChainScript implements ScriptedChain {
  readonly #recipe: ChainRecipe;
  readonly #contracts: ScriptContracts;
  readonly #random: Random;
  readonly #holders: readonly Address[];
  readonly #changes = new Map<Address, bigint>();
  readonly #productMakers: Address[] = [];
  #logs = 0;
  #transfers = 0;
  #checkpoints = 0;

  constructor(recipe: ChainRecipe, contracts: ScriptContracts) {
    this.#recipe = recipe;
    this.#contracts = contracts;
    this.#random = seededRandom(recipe.seed);
    const count = Math.max(2, Math.min(mostHolders, Math.ceil(recipe.events / 10)));
    this.#holders = Array.from({ length: count }, () => toAddress(this.#random.bytes(20)));
  }

  *blocks(): Generator<ScriptedBlock> {
    const { kind, events, eventsPerBlock } = this.#recipe;
    while (this.#logs < events) {
      const wanted = Math.min(kind === 'sparse' ? 1 : eventsPerBlock, events - this.#logs);
      yield {
        emptyBefore: kind === 'sparse' ? sparseBlocksPerEvent - 1 : 0,
        transactions: [...this.#transactions(this.#logs + wanted)],
      };
    }
  }

  outcome(): ScriptedOutcome {
    return {
      logs: this.#logs,
      transfers: this.#transfers,
      products: this.#productMakers.length,
      checkpoints: this.#checkpoints,
      certificates: 0,
      balanceChanges: this.#changes,
    };
  }

  *#transactions(untilLogs: number): Generator<ScriptedTransaction> {
    const isMixed = this.#recipe.kind === 'mixed';
    while (this.#logs < untilLogs) {
      const room = untilLogs - this.#logs;
      if (!isMixed || this.#transfers * 100 < this.#logs * mixedPercent.transfers) yield this.#transfer();
      else if (room >= 2 && this.#productMakers.length * 100 < this.#logs * mixedPercent.products)
        yield this.#registration();
      else if (this.#productMakers.length > 0) yield this.#checkpoint();
      else yield this.#transfer();
    }
  }

  /**
   * The owner first gives tokens to every holder. Then holders send each other whole tokens, of which they
   * have plenty.
   */
  #transfer(): ScriptedTransaction {
    const opening = this.#holders[this.#transfers];
    const from = opening === undefined ? this.#random.pick(this.#holders) : this.#contracts.owner;
    const to = opening ?? this.#random.pick(this.#holders);
    const sendable = this.#changes.get(from) ?? 0n;
    const amountWei =
      opening === undefined
        ? (sendable * BigInt(this.#random.integer(1, 400))) / 10_000n
        : startingBalanceWei;
    this.#logs += 1;
    this.#transfers += 1;
    this.#changes.set(from, (this.#changes.get(from) ?? 0n) - amountWei);
    this.#changes.set(to, (this.#changes.get(to) ?? 0n) + amountWei);
    const call = { abi: traceTokenAbi, functionName: 'transfer', args: [to, amountWei] } as const;
    const transaction = { from, to: this.#contracts.token, data: encodeFunctionData(call) };
    // Holders send each other the tokens that they received.
    return this.#transfers === this.#holders.length ? { ...transaction, isAwaited: true } : transaction;
  }

  /** A registration also makes the first checkpoint. */
  #registration(): ScriptedTransaction {
    const from = this.#random.pick(this.#holders.slice(0, makers));
    const number = this.#productMakers.push(from);
    this.#logs += 2;
    this.#checkpoints += 1;
    const args = registrationOf(this.#random, this.#recipe.seed, number);
    const data = encodeFunctionData({ abi: productRegistryAbi, functionName: 'registerProduct', args });
    return { ...this.#call(from, data), isAwaited: true };
  }

  #checkpoint(): ScriptedTransaction {
    const productId = this.#random.integer(1, this.#productMakers.length);
    const from = required(this.#productMakers[productId - 1], 'the maker of a product');
    this.#logs += 1;
    this.#checkpoints += 1;
    const args = [
      BigInt(productId),
      this.#random.pick(['In transit', 'Delivered', 'Stored', 'Inspected', 'held at customs']),
      this.#random.pick([
        'Rotterdam, cold store 4',
        'Huehuetenango, washing station',
        'Singapore, Tuas port',
      ]),
      `${this.#random.integer(-20, 30)} C`,
      `${this.#random.integer(10, 95)} %`,
      `seal ${this.#random.bytes(6).slice(2)}`,
    ] as const;
    const functionName = 'addCheckpointWithEnvironment';
    return this.#call(from, encodeFunctionData({ abi: productRegistryAbi, functionName, args }));
  }

  #call(from: Address, data: Hex): ScriptedTransaction {
    return { from, to: this.#contracts.registry, data };
  }
}

/** The arguments of a product's registration. */
export function registrationOf(random: Random, seed: number, number: number) {
  return [
    `Arabica, lot ${number}`,
    random.pick(['Food', 'Pharmaceutical', 'Luxury goods', 'something else']),
    `B-${seed}-${number}`,
    1_690_000_000n,
    1_790_000_000n,
    ['green beans', `jute bag ${random.integer(1, 900)}`],
    `ipfs://bafy${random.bytes(16).slice(2)}`,
  ] as const;
}
