/**
 * What happens on a chain that has as many entities as there are to be: everybody's first tokens, products and certificates, each of
 * them once. What an audit has to read grows with these, not with the events about them.
 */
import { encodeFunctionData, parseEther } from 'viem';
import { nftCertificateAbi, productRegistryAbi, traceTokenAbi } from '../../../abis/index.ts';
import { type Random, seededRandom } from '../../../src/local/activity/random.ts';
import { required } from '../../../src/primitives/errors.ts';
import { type Address, toAddress } from '../../../src/primitives/hex.ts';
import type { ChainRecipe } from './recipe.ts';
import type {
  ScriptContracts,
  ScriptedBlock,
  ScriptedChain,
  ScriptedOutcome,
  ScriptedTransaction,
} from './script.ts';

/** Of ten entities; what is left are holders. */
const ofTen = { products: 2, certificates: 1 } as const;
const makers = 20;
const startingBalanceWei = parseEther('100');

export class EntityScript implements ScriptedChain {
  readonly #recipe: ChainRecipe;
  readonly #contracts: ScriptContracts;
  readonly #random: Random;
  readonly #makers: readonly Address[];
  readonly #changes = new Map<Address, bigint>();
  #transfers = 0;
  #products = 0;
  #certificates = 0;

  constructor(recipe: ChainRecipe, contracts: ScriptContracts) {
    this.#recipe = recipe;
    this.#contracts = contracts;
    this.#random = seededRandom(recipe.seed);
    this.#makers = Array.from({ length: makers }, () => toAddress(this.#random.bytes(20)));
  }

  *blocks(): Generator<ScriptedBlock> {
    const { events: entities, eventsPerBlock } = this.#recipe;
    for (let first = 0; first < entities; first += eventsPerBlock) {
      const count = Math.min(eventsPerBlock, entities - first);
      const transactions = Array.from({ length: count }, (_, offset) => this.#entity(first + offset));
      yield { emptyBefore: 0, transactions };
    }
  }

  outcome(): ScriptedOutcome {
    const [transfers, products, certificates] = [this.#transfers, this.#products, this.#certificates];
    return {
      // A registration makes a checkpoint too; a minting is a transfer and new metadata as well.
      logs: transfers + 2 * products + 3 * certificates,
      transfers,
      products,
      checkpoints: products,
      certificates,
      balanceChanges: this.#changes,
    };
  }

  #entity(index: number): ScriptedTransaction {
    const place = index % 10;
    if (place < ofTen.products) return this.#registration();
    if (place < ofTen.products + ofTen.certificates) return this.#minting();
    return this.#opening();
  }

  #opening(): ScriptedTransaction {
    const { owner, token } = this.#contracts;
    const to = toAddress(this.#random.bytes(20));
    this.#transfers += 1;
    this.#changes.set(owner, (this.#changes.get(owner) ?? 0n) - startingBalanceWei);
    this.#changes.set(to, startingBalanceWei);
    const args = [to, startingBalanceWei] as const;
    return {
      from: owner,
      to: token,
      data: encodeFunctionData({ abi: traceTokenAbi, functionName: 'transfer', args }),
    };
  }

  #registration(): ScriptedTransaction {
    const number = (this.#products += 1);
    const args = [
      `Arabica, lot ${number}`,
      this.#random.pick(['Food', 'Pharmaceutical', 'Luxury goods', 'something else']),
      `B-${this.#recipe.seed}-${number}`,
      1_690_000_000n,
      1_790_000_000n,
      ['green beans', `jute bag ${this.#random.integer(1, 900)}`],
      `ipfs://bafy${this.#random.bytes(16).slice(2)}`,
    ] as const;
    return {
      from: this.#random.pick(this.#makers),
      to: this.#contracts.registry,
      data: encodeFunctionData({ abi: productRegistryAbi, functionName: 'registerProduct', args }),
    };
  }

  #minting(): ScriptedTransaction {
    const { owner, certificate } = this.#contracts;
    this.#certificates += 1;
    const args = [
      this.#random.pick(this.#makers),
      BigInt(this.#random.integer(1, this.#products)),
      this.#random.pick(['Organic', 'Origin', 'Cold chain']),
      `ipfs://cert${this.#random.bytes(16).slice(2)}`,
      ['ISO 22000', 'HACCP'],
      1_890_000_000n,
    ] as const;
    return {
      from: owner,
      to: required(certificate, 'the certificates’ contract'),
      data: encodeFunctionData({ abi: nftCertificateAbi, functionName: 'mintCertificate', args }),
    };
  }
}
