/**
 * A JSON-RPC node that executes nothing. Its blocks hold the logs of a script's transfers, recorded in the
 * form of the answers. It serves more events per second than a node that executes contracts on the same
 * machine.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { addToBloom, bloomBitsOf, type BloomBits, emptyBloom } from '../../../src/engine/chain/bloom.ts';
import { required } from '../../../src/primitives/errors.ts';
import { type Address, bytesToHex, type Hex } from '../../../src/primitives/hex.ts';
import { startWebSocketServer } from '../../support/websocket-server.ts';
import { benchChainId } from './node.ts';

export interface ScriptedTransfer {
  readonly from: Address;
  readonly to: Address;
  readonly amountWei: bigint;
}

export interface ScriptedNode extends AsyncDisposable {
  readonly rpcUrl: string;
  readonly webSocketUrl: string;
  /** Adds a block to the recording; it is not visible yet. */
  record(transfers: readonly ScriptedTransfer[]): void;
  /** Makes the next recorded block the chain's head, notifies the subscribers, and returns its number. */
  publish(): number;
}

const transferTopic: Hex = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef';
const firstTimestamp = 1_700_000_000;
const secondsPerBlock = 1;
/** The distance between head and finalized block on a proof-of-stake chain. */
const finalityBlocks = 64;

interface RecordedBlock {
  readonly header: Readonly<Record<string, unknown>>;
  readonly hash: Hex;
  /**
   * The JSON of its logs, concatenated. Encoded in advance, because encoding would use CPU time of the
   * measured machine.
   */
  readonly logs: Buffer;
}

const requests = z.union([
  z.object({ id: z.number(), method: z.string(), params: z.array(z.unknown()) }),
  z.array(z.object({ id: z.number(), method: z.string(), params: z.array(z.unknown()) })),
]);

export async function startScriptedNode(token: Address): Promise<ScriptedNode> {
  const chain = new RecordedChain(token);
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const asked = requests.parse(JSON.parse(await text(request)));
    const answers = [asked].flat().flatMap(({ id, method, params }, index) => {
      const opening = `${index === 0 ? '' : ','}{"jsonrpc":"2.0","id":${id},"result":`;
      return [opening, chain.answer(method, params), '}'];
    });
    const pieces = Array.isArray(asked) ? ['[', ...answers, ']'] : answers;
    response.setHeader('content-type', 'application/json');
    response.end(
      Buffer.concat(pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece))),
    );
  };
  const server = createServer((request, response) => {
    respond(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const subscription = '0x1';
  const sockets = await startWebSocketServer((connection, { id }) => {
    connection.send({ jsonrpc: '2.0', id, result: subscription });
  });
  return {
    rpcUrl: `http://127.0.0.1:${port}`,
    webSocketUrl: sockets.url,
    record: (transfers) => chain.record(transfers),
    publish() {
      const { number, header } = chain.publish();
      const params = { subscription, result: header };
      for (const connection of sockets.connections)
        connection.send({ jsonrpc: '2.0', method: 'eth_subscription', params });
      return number;
    },
    async [Symbol.asyncDispose]() {
      await sockets[Symbol.asyncDispose]();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

class RecordedChain {
  readonly #token: Address;
  readonly #blocks: RecordedBlock[] = [];
  readonly #numbers = new Map<unknown, number>();
  readonly #bits = new Map<Hex, BloomBits>();
  #head = -1;

  constructor(token: Address) {
    this.#token = token;
    this.record([]);
    this.publish();
  }

  record(transfers: readonly ScriptedTransfer[]): void {
    const number = this.#blocks.length;
    const hash = digest(`block ${number}`);
    const bloom = emptyBloom();
    const values = transfers.flatMap(({ from, to }) => [wordOf(from), wordOf(to)]);
    for (const value of transfers.length === 0 ? [] : [this.#token, transferTopic, ...values])
      addToBloom(bloom, this.#bitsOf(value));
    const header = {
      number: quantity(number),
      hash,
      parentHash: this.#blocks.at(-1)?.hash ?? digest('nothing'),
      timestamp: quantity(firstTimestamp + number * secondsPerBlock),
      logsBloom: bytesToHex(bloom),
      receiptsRoot: digest(`receipts ${number}`),
      stateRoot: digest(`state ${number}`),
    };
    const logs = transfers.map((transfer, index) => logOf(this.#token, { number, hash }, index, transfer));
    this.#blocks.push({ header, hash, logs: Buffer.from(logs.join(',')) });
  }

  publish(): { readonly number: number; readonly header: RecordedBlock['header'] } {
    const number = this.#head + 1;
    const { hash, header } = required(this.#blocks[number], 'a recorded block');
    this.#numbers.set(hash, number);
    this.#head = number;
    return { number, header };
  }

  /** Returns the result's JSON. */
  answer(method: string, params: readonly unknown[]): string | Buffer {
    switch (method) {
      case 'eth_chainId':
        return JSON.stringify(quantity(benchChainId));
      case 'web3_clientVersion':
        return '"scripted"';
      case 'eth_getCode':
        return this.#isFirst(params[1]) ? '"0x"' : '"0x60"';
      // At its start the daemon checks whether calls are served, at an address without code.
      case 'eth_call':
        return '"0x"';
      case 'eth_getBlockByNumber':
      case 'eth_getBlockByHash':
        return JSON.stringify(this.#blockOf(params[0])?.header ?? null);
      case 'eth_getLogs':
        return this.#logsOf(z.record(z.string(), z.unknown()).parse(params[0]));
      case 'eth_getTransactionReceipt':
        return this.#receiptOf(z.string().parse(params[0]));
      default:
        throw new Error(`the scripted node doesn't answer ${method}`);
    }
  }

  #blockOf(asked: unknown): RecordedBlock | undefined {
    if (asked === 'latest') return this.#blocks[this.#head];
    if (asked === 'finalized') return this.#blocks[this.#head - finalityBlocks];
    const number = this.#numbers.get(asked) ?? Number(asked);
    return number > this.#head ? undefined : this.#blocks[number];
  }

  /** The token exists from the second block on. */
  #isFirst(state: unknown): boolean {
    const { blockHash } = z.object({ blockHash: z.unknown() }).catch({ blockHash: null }).parse(state);
    return this.#numbers.get(blockHash) === 0;
  }

  #logsOf({ blockHash, fromBlock, toBlock }: Readonly<Record<string, unknown>>): Buffer {
    const only = this.#numbers.get(blockHash);
    const [from, to] = blockHash === undefined ? [Number(fromBlock), Number(toBlock)] : [only, only];
    if (from === undefined || to === undefined) throw new Error('logs of a block that is not there');
    const pieces = this.#blocks
      .slice(from, Math.min(to, this.#head) + 1)
      .filter(({ logs }) => logs.length > 0)
      .flatMap(({ logs }, index) => (index === 0 ? [logs] : [Buffer.from(','), logs]));
    return Buffer.concat([Buffer.from('['), ...pieces, Buffer.from(']')]);
  }

  #receiptOf(hash: string): string {
    const [number, index] = [Number(`0x${hash.slice(2, 10)}`), Number(`0x${hash.slice(10, 18)}`)];
    const { hash: blockHash } = required(this.#blocks[number], 'a block');
    return (
      `{"transactionHash":"${hash}","transactionIndex":"${quantity(index)}","blockNumber":"${quantity(number)}",` +
      `"blockHash":"${blockHash}","gasUsed":"0xcafe","cumulativeGasUsed":"0xcafe",` +
      '"effectiveGasPrice":"0x3b9aca00","status":"0x1","type":"0x2","logs":[]}'
    );
  }

  #bitsOf(value: Hex): BloomBits {
    let bits = this.#bits.get(value);
    if (bits === undefined) this.#bits.set(value, (bits = bloomBitsOf(value)));
    return bits;
  }
}

function logOf(
  token: Address,
  block: { readonly number: number; readonly hash: Hex },
  index: number,
  { from, to, amountWei }: ScriptedTransfer,
): string {
  return JSON.stringify({
    address: token,
    topics: [transferTopic, wordOf(from), wordOf(to)],
    data: wordOf(quantity(amountWei)),
    blockNumber: quantity(block.number),
    blockHash: block.hash,
    transactionHash: transactionHash(block.number, index),
    transactionIndex: quantity(index),
    logIndex: quantity(index),
    removed: false,
  });
}

/** It starts with block and index, so that a receipt is found without a map of all hashes. */
function transactionHash(number: number, index: number): string {
  const place = [number, index].map((part) => part.toString(16).padStart(8, '0')).join('');
  return `0x${place}${digest(`transaction ${place}`).slice(18)}`;
}

function digest(of: string): Hex {
  return `0x${createHash('sha256').update(of).digest('hex')}`;
}

function quantity(value: number | bigint): Hex {
  return `0x${value.toString(16)}`;
}

function wordOf(hex: string): Hex {
  return `0x${hex.slice(2).padStart(64, '0')}`;
}
