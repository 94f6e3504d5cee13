/** The clean run's requests to a healthy node: one at a time, without the project's RPC client. */
import { z } from 'zod';
import type { RawLog, ReadRequest, ReadResult } from '../../../src/engine/rpc/types.ts';
import { type Address, type Hash, type Hex, toAddress, toHash, toHex } from '../../../src/primitives/hex.ts';

export interface NaiveBlock {
  readonly number: number;
  readonly hash: Hash;
  readonly parentHash: Hash;
  readonly timestamp: bigint;
  /** The logs of all contracts, in order. */
  readonly logs: readonly RawLog[];
}

const quantity = z.string().transform(Number);
const hash = z.string().transform(toHash);
const data = z.string().transform(toHex);
const blockSchema = z.object({
  number: quantity,
  hash,
  parentHash: hash,
  timestamp: z.string().transform(BigInt),
});
const logSchema = z.object({
  blockNumber: quantity,
  blockHash: hash,
  transactionHash: hash,
  transactionIndex: quantity,
  logIndex: quantity,
  address: z.string().transform(toAddress),
  topics: z.array(hash),
  data,
});
const transactionSchema = z.object({
  from: z.string().transform(toAddress),
  to: z.string().transform(toAddress).nullable(),
  input: data,
});
const answerSchema = z.object({
  result: z.unknown().optional(),
  error: z.object({ message: z.string(), data: z.unknown().optional() }).optional(),
});

export class NaiveNode {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async head(): Promise<number> {
    return quantity.parse((await this.#ask('eth_blockNumber', [])).result);
  }

  async block(number: number): Promise<NaiveBlock> {
    const header = blockSchema.parse(
      (await this.#ask('eth_getBlockByNumber', [`0x${number.toString(16)}`, false])).result,
    );
    const logs = await this.#ask('eth_getLogs', [{ blockHash: header.hash }]);
    return { ...header, logs: z.array(logSchema).parse(logs.result) };
  }

  async read(block: Hash, request: ReadRequest): Promise<ReadResult> {
    if (request.kind === 'transaction') return await this.#transaction(request.transactionHash);
    const at = { blockHash: block, requireCanonical: true };
    const answer = await this.#ask('eth_call', [{ to: request.target, data: request.calldata }, at]);
    if (answer.error === undefined) return { status: 'ok', data: data.parse(answer.result) };
    const reverted = data.safeParse(answer.error.data);
    return { status: 'reverted', data: reverted.success ? reverted.data : '0x' };
  }

  async #transaction(transactionHash: Hash): Promise<ReadResult> {
    const { from, to, input } = transactionSchema.parse(
      (await this.#ask('eth_getTransactionByHash', [transactionHash])).result,
    );
    return { status: 'ok', data: concatenated(from, to ?? toAddress(`0x${'00'.repeat(20)}`), input) };
  }

  async #ask(method: string, params: readonly unknown[]): Promise<z.infer<typeof answerSchema>> {
    const response = await fetch(this.#url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    });
    return answerSchema.parse(await response.json());
  }
}

function concatenated(from: Address, to: Address, input: Hex): Hex {
  return `0x${from.slice(2)}${to.slice(2)}${input.slice(2)}`;
}
