import { encodeAbiParameters, toEventSelector, type AbiParameter } from 'viem';
import { describe, expect, it } from 'vitest';
import { requestKey, type RequestKey, type RawLog, type ReadResult } from '../../../src/engine/rpc/types.ts';
import { ContractSet } from '../../../src/engine/contract/contract-set.ts';
import { decodeBatch, readPlanOf, topicsOf } from '../../../src/engine/contract/decode-batch.ts';
import type { IndexedContract } from '../../../src/engine/contract/kind.ts';
import { InvariantError, required } from '../../../src/primitives/errors.ts';
import { toAddress, toHash, toHex, type Hash, type Hex } from '../../../src/primitives/hex.ts';

const chainId = 31337;
const token = toAddress(`0x${'aa'.repeat(20)}`);
const registry = toAddress(`0x${'bb'.repeat(20)}`);
const stranger = toAddress(`0x${'cc'.repeat(20)}`);
const blockHash = toHash(`0x${'0b'.repeat(32)}`);
const block = { number: 10, hash: blockHash, timestamp: 1_700_000_000n };
const word = (value: number) => toHash(`0x${value.toString(16).padStart(64, '0')}`);

const transferTopic = toHash(toEventSelector('Transfer(address,address,uint256)'));
const checkpointTopic = toHash(toEventSelector('CheckpointAdded(uint256,uint256,address,string)'));

function contract(
  address: IndexedContract['address'],
  kind: IndexedContract['kind'],
  startBlock = 0,
): IndexedContract {
  return { chainId, address, kind, startBlock, factory: null, registry: null };
}

function log(
  address: RawLog['address'],
  topics: readonly Hash[],
  data: Hex,
  logIndex = 0,
  transaction = 1,
): RawLog {
  const place = {
    blockNumber: block.number,
    blockHash,
    transactionHash: word(transaction),
    transactionIndex: 0,
  };
  return { ...place, logIndex, address, topics, data };
}

const transfer = (logIndex: number, transaction = 1) =>
  log(token, [transferTopic, word(1), word(2)], word(500), logIndex, transaction);
const checkpointTypes: AbiParameter[] = [{ type: 'uint256' }, { type: 'string' }];
const checkpoint = log(
  registry,
  [checkpointTopic, word(7), word(3)],
  encodeAbiParameters(checkpointTypes, [4n, 'shipped']),
  5,
);

const contracts = new ContractSet([contract(token, 'TraceToken'), contract(registry, 'ProductRegistry')]);

function batchOf(logs: readonly RawLog[], kept: readonly (readonly [RequestKey, ReadResult])[] = []) {
  return { chainId, blocks: [{ ...block, logs }], reads: new Map([[blockHash, new Map(kept)]]) };
}

describe('decoding a batch', () => {
  it("every event has access to its transaction's other events", () => {
    const { events } = decodeBatch(batchOf([transfer(0, 1), transfer(1, 2), transfer(2, 1)]), contracts);
    expect(events.map((event) => event.transaction.events.map(({ log: { logIndex } }) => logIndex))).toEqual([
      [0, 2],
      [1],
      [0, 2],
    ]);
    expect(events[0]).toMatchObject({
      kind: 'TraceToken',
      name: 'Transfer',
      args: { from: toAddress(`0x${'1'.padStart(40, '0')}`), value: 500n },
      block: { chainId, ...block },
    });
  });

  it('logs of contracts that are not indexed at that block are skipped', () => {
    const later = new ContractSet([contract(token, 'TraceToken', block.number + 1)]);
    const strange = log(stranger, [transferTopic, word(1), word(2)], word(1));
    expect(decodeBatch(batchOf([transfer(0), strange]), later)).toEqual({
      chainId,
      events: [],
      undecoded: [],
      unknown: [],
    });
  });

  it('unknown topics and undecodable logs are reported separately', () => {
    const unknown = log(token, [word(99)], '0x');
    const bare = log(token, [], '0x', 1);
    const erc721 = log(token, [transferTopic, word(1), word(2), word(3)], '0x', 2);
    const decoded = decodeBatch(batchOf([unknown, bare, erc721]), contracts);
    expect(decoded.events).toEqual([]);
    expect(decoded.unknown.map((entry) => entry.log)).toEqual([unknown, bare]);
    expect(decoded.undecoded).toMatchObject([
      { log: erc721, eventName: 'Transfer', error: { code: 'abi/out-of-bounds' } },
    ]);
  });

  it('the error for a missing read names the read, its place and the fix', () => {
    expect(() => decodeBatch(batchOf([checkpoint]), contracts)).toThrow(
      expect.objectContaining({
        name: InvariantError.name,
        fix: expect.stringContaining('--refetch'),
        place: expect.objectContaining({ blockNumber: block.number, logIndex: 5, address: registry }),
      }),
    );
  });

  it.each<ReadResult>([
    { status: 'reverted', data: '0x' },
    { status: 'oversized', bytes: 10_000_000 },
    { status: 'ok', data: '0x' },
    { status: 'ok', data: toHex(`0x${'ff'.repeat(400)}`) },
  ])('a plan continues without a value if the contract’s answer is $status $data', (result) => {
    const step = required(readPlanOf(checkpoint, block, contracts), 'a plan').next();
    const request = required(step.done === true ? null : step.value[0], 'what it asks for');
    const { events } = decodeBatch(batchOf([checkpoint], [[requestKey(request), result]]), contracts);
    expect(events[0]?.answer).toEqual({ source: 'none', checkpoint: null });
  });

  it('events whose log is sufficient have no read plan', () => {
    expect(readPlanOf(transfer(0), block, contracts)).toBeNull();
    expect(readPlanOf(log(stranger, checkpoint.topics, checkpoint.data), block, contracts)).toBeNull();
    expect(readPlanOf(log(registry, [checkpointTopic], '0x'), block, contracts)).toBeNull();
  });
});

describe('the set of contracts', () => {
  it('the set keeps the first contract of an address', () => {
    const set = contracts.with([
      contract(token, 'NFTCertificate', 99),
      contract(stranger, 'NFTCertificate', 20),
    ]);
    expect(set.get(token)?.kind).toBe('TraceToken');
    expect(set.size).toBe(3);
    expect(contracts.size).toBe(2);
    expect(set.activeIn({ from: 0, to: 19 }).map(({ address }) => address)).toEqual([token, registry]);
    expect(set.activeIn({ from: 0, to: 20 })).toHaveLength(3);
  });

  it('the set begins with its first contract', () => {
    expect(
      new ContractSet([
        contract(token, 'TraceToken', 12),
        contract(registry, 'ProductRegistry', 9),
      ]).firstBlock(),
    ).toBe(9);
    expect(new ContractSet([]).firstBlock()).toBe(0);
  });

  it('the set lists each topic to request once', () => {
    const topics = topicsOf(['TraceToken', 'NFTCertificate', 'TraceToken']);
    expect(topics).toContain(transferTopic);
    expect(new Set(topics).size).toBe(topics.length);
  });
});
