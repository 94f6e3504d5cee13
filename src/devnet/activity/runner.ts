/** Sends actions to the devnet, and updates the world with the resulting logs. */
import { createTestClient, http, publicActions, TransactionReceiptNotFoundError, walletActions } from 'viem';
import { required } from '../../primitives/errors.ts';
import { toAddress, toHash, toHex } from '../../primitives/hex.ts';
import type { Address, Hash } from '../../primitives/hex.ts';
import { sleep } from '../../primitives/time.ts';
import type { Action } from './action.ts';
import type { ChainLog } from './world/log.ts';
import type { World } from './world/world.ts';

export interface SentAction {
  readonly action: Action;
  readonly transactionHash: Hash;
}

/** Requests in one JSON-RPC batch: more than a round contains. */
const requestsPerBatch = 500;
const receiptPollIntervalMs = 150;

export type DevnetClient = ReturnType<typeof connectDevnetClient>;

/** A client that also has anvil's methods; its accounts are unlocked, so nothing is signed here. */
export function connectDevnetClient(rpcUrl: string) {
  const transport = http(rpcUrl, { batch: { batchSize: requestsPerBatch }, timeout: 60_000 });
  return createTestClient({ mode: 'anvil', transport, cacheTime: 0 })
    .extend(publicActions)
    .extend(walletActions);
}

/** Anvil's unlocked accounts, in their order. */
export async function unlockedAccounts(client: DevnetClient): Promise<readonly Address[]> {
  const accounts = await client.getAddresses();
  return accounts.map(toAddress);
}

export class Runner {
  readonly #client: DevnetClient;
  readonly #world: World;
  /** The last block whose logs the world has. */
  #seenBlock = -1n;

  constructor(client: DevnetClient, world: World) {
    this.#client = client;
    this.#world = world;
  }

  /** Puts the actions into the node's pool; one sender's stay in their order. */
  async send(actions: readonly Action[]): Promise<readonly SentAction[]> {
    const senders = [...new Set(actions.map(({ from }) => from))];
    const counts = await Promise.all(
      senders.map((address) => this.#client.getTransactionCount({ address, blockTag: 'pending' })),
    );
    const nonces = new Map(
      senders.map((sender, index) => [sender, required(counts[index], 'a sender’s nonce')]),
    );
    return Promise.all(
      actions.map(async (action) => {
        const nonce = required(nonces.get(action.from), 'a sender’s nonce');
        nonces.set(action.from, nonce + 1);
        const { from: account, to, data, valueWei: value, gas } = action;
        const hash = await this.#client.sendTransaction({
          account,
          to,
          data,
          value,
          gas,
          nonce,
          chain: null,
        });
        return { action, transactionHash: toHash(hash) };
      }),
    );
  }

  /** Mines the pool into one block at this time (Unix seconds; later than the previous block). */
  async mine(time: bigint): Promise<void> {
    await this.#client.setNextBlockTimestamp({ timestamp: time });
    await this.#client.mine({ blocks: 1 });
  }

  /** Waits until all of them are mined, and returns those that were reverted. */
  async settle(sent: readonly SentAction[], signal: AbortSignal): Promise<readonly SentAction[]> {
    const reverted: SentAction[] = [];
    let waiting = sent;
    while (waiting.length > 0) {
      const receipts = await Promise.all(waiting.map((action) => this.#status(action)));
      reverted.push(...waiting.filter((_, index) => receipts[index] === 'reverted'));
      waiting = waiting.filter((_, index) => receipts[index] === 'pending');
      if (waiting.length > 0) await sleep(receiptPollIntervalMs, signal);
    }
    return reverted;
  }

  /** Updates the world with every new block, including transactions of others. */
  async observe(): Promise<void> {
    const latest = await this.#client.getBlock({ blockTag: 'latest' });
    if (latest.number <= this.#seenBlock) return;
    const logs = await this.#client.getLogs({ fromBlock: this.#seenBlock + 1n, toBlock: latest.number });
    this.#world.observe(
      logs.map((log) => toChainLog(log, latest.timestamp)),
      latest.timestamp,
    );
    this.#seenBlock = latest.number;
  }

  async #status({ transactionHash: hash }: SentAction): Promise<'success' | 'reverted' | 'pending'> {
    try {
      return (await this.#client.getTransactionReceipt({ hash })).status;
    } catch (error) {
      if (error instanceof TransactionReceiptNotFoundError) return 'pending';
      throw error;
    }
  }
}

type ClientLog = Awaited<ReturnType<DevnetClient['getLogs']>>[number];

function toChainLog(log: ClientLog, latestTimestamp: bigint): ChainLog {
  return {
    address: toAddress(log.address),
    topics: log.topics.map(toHash),
    data: toHex(log.data),
    blockNumber: Number(log.blockNumber),
    blockTimestamp: log.blockTimestamp ?? latestTimestamp,
  };
}
