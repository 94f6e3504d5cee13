/**
 * The script of a chain with a given number of entities: each holder's first tokens, each product and each
 * certificate, once. An audit's reads grow with the number of entities, not with the number of their events.
 *
 * Multicall3 batches the calls, because anvil's time per transaction grows with the number of transactions in
 * a block.
 */
import { encodeFunctionData, multicall3Abi, parseEther } from 'viem';
import { nftCertificateAbi, productRegistryAbi, traceTokenAbi } from '../../../abis/index.ts';
import { multicall3Address } from '../../../contracts-fixtures/deploy.ts';
import { type Random, seededRandom } from '../../../src/devnet/activity/random.ts';
import { required } from '../../../src/primitives/errors.ts';
import { type Address, type Hex, toAddress } from '../../../src/primitives/hex.ts';
import type { ChainRecipe } from './recipe.ts';
import {
  registrationOf,
  type ScriptContracts,
  type ScriptedBlock,
  type ScriptedChain,
  type ScriptedOutcome,
  type ScriptedTransaction,
} from './script.ts';

/** Of ten entities; the rest are holders. */
const ofTen = { products: 2, certificates: 1 } as const;
const startingBalanceWei = parseEther('100');
const entitiesInTransaction = 50;
/** The gas limit of a transaction since EIP-7825. */
const batchGas = '0x1000000';

export class EntityScript implements ScriptedChain {
  readonly #recipe: ChainRecipe;
  readonly #contracts: ScriptContracts;
  readonly #random: Random;
  readonly #changes = new Map<Address, bigint>();
  #transfers = 0;
  #products = 0;
  #certificates = 0;

  constructor(recipe: ChainRecipe, contracts: ScriptContracts) {
    this.#recipe = recipe;
    this.#contracts = contracts;
    this.#random = seededRandom(recipe.seed);
  }

  *blocks(): Generator<ScriptedBlock> {
    const { events: entities, eventsPerBlock } = this.#recipe;
    yield { emptyBefore: 0, transactions: this.#permissions() };
    for (let first = 0; first < entities; first += eventsPerBlock) {
      const count = Math.min(eventsPerBlock, entities - first);
      const calls = Array.from({ length: count }, (_, offset) => this.#entity(first + offset));
      yield { emptyBefore: 0, transactions: inBatches(this.#contracts.owner, calls) };
    }
  }

  outcome(): ScriptedOutcome {
    const [transfers, products, certificates] = [this.#transfers, this.#products, this.#certificates];
    return {
      // A registration also makes a checkpoint; a mint also makes a transfer and new metadata.
      logs: transfers + 2 * products + 3 * certificates,
      transfers,
      products,
      checkpoints: products,
      certificates,
      balanceChanges: this.#changes,
    };
  }

  /** Allows Multicall3 to transfer the owner's tokens, and to mint. */
  #permissions(): ScriptedTransaction[] {
    const { owner, token, certificate } = this.#contracts;
    const stockWei = startingBalanceWei * BigInt(this.#recipe.events);
    this.#transfers += 1;
    this.#changes.set(owner, -stockWei);
    this.#changes.set(multicall3Address, stockWei);
    const stock = {
      abi: traceTokenAbi,
      functionName: 'transfer',
      args: [multicall3Address, stockWei],
    } as const;
    const minter = {
      abi: nftCertificateAbi,
      functionName: 'addAuthorizedMinter',
      args: [multicall3Address],
    } as const;
    return [
      { from: owner, to: token, data: encodeFunctionData(stock) },
      {
        from: owner,
        to: required(certificate, 'the certificates’ contract'),
        data: encodeFunctionData(minter),
      },
    ];
  }

  #entity(index: number): BatchedCall {
    const place = index % 10;
    if (place < ofTen.products) return this.#registration();
    if (place < ofTen.products + ofTen.certificates) return this.#minting();
    return this.#opening();
  }

  #opening(): BatchedCall {
    const to = toAddress(this.#random.bytes(20));
    this.#transfers += 1;
    this.#changes.set(multicall3Address, (this.#changes.get(multicall3Address) ?? 0n) - startingBalanceWei);
    this.#changes.set(to, startingBalanceWei);
    const args = [to, startingBalanceWei] as const;
    return {
      target: this.#contracts.token,
      callData: encodeFunctionData({ abi: traceTokenAbi, functionName: 'transfer', args }),
    };
  }

  #registration(): BatchedCall {
    const number = (this.#products += 1);
    const args = registrationOf(this.#random, this.#recipe.seed, number);
    return {
      target: this.#contracts.registry,
      callData: encodeFunctionData({ abi: productRegistryAbi, functionName: 'registerProduct', args }),
    };
  }

  #minting(): BatchedCall {
    this.#certificates += 1;
    const args = [
      toAddress(this.#random.bytes(20)),
      BigInt(this.#random.integer(1, this.#products)),
      this.#random.pick(['Organic', 'Origin', 'Cold chain']),
      `ipfs://cert${this.#random.bytes(16).slice(2)}`,
      ['ISO 22000', 'HACCP'],
      1_890_000_000n,
    ] as const;
    return {
      target: required(this.#contracts.certificate, 'the certificates’ contract'),
      callData: encodeFunctionData({ abi: nftCertificateAbi, functionName: 'mintCertificate', args }),
    };
  }
}

interface BatchedCall {
  readonly target: Address;
  readonly callData: Hex;
}

function inBatches(from: Address, calls: readonly BatchedCall[]): ScriptedTransaction[] {
  const batches: ScriptedTransaction[] = [];
  for (let first = 0; first < calls.length; first += entitiesInTransaction) {
    const some = calls.slice(first, first + entitiesInTransaction);
    const args = [some.map((call) => ({ ...call, allowFailure: false }))] as const;
    const data = encodeFunctionData({ abi: multicall3Abi, functionName: 'aggregate3', args });
    batches.push({ from, to: multicall3Address, data, gas: batchGas });
  }
  return batches;
}
