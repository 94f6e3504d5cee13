/** The recorded reads: contract answers, stored with the logs that required them, so that a replay needs no node. */
import type { ClientBase } from 'pg';
import type { ReadRequest, ReadResult } from '../rpc/types.ts';
import { copyRows, hexColumn, plainColumn } from '../../db/copy.ts';
import { InvariantError } from '../../primitives/errors.ts';
import { type Address, type Hash, type Hex, toHash } from '../../primitives/hex.ts';
import type { BlockRange } from '../../primitives/interval.ts';
import { type RecordedRead, requestKey, type RequestKey } from './batch.ts';
import { hexOf } from './sql.ts';

const kindCodes = { call: 0, transaction: 1 } as const satisfies Record<ReadRequest['kind'], number>;
const statusCodes = { ok: 0, reverted: 1, oversized: 2, unavailable: 3 } as const satisfies Record<
  ReadResult['status'],
  number
>;

interface KeyedRead extends RecordedRead {
  readonly key: RequestKey;
}

/** Stores reads. A read that was executed several times at one block is stored once. */
export async function copyReads(
  client: ClientBase,
  chainId: number,
  reads: readonly RecordedRead[],
): Promise<void> {
  const distinct = new Map<string, KeyedRead>();
  for (const read of reads) {
    const key = requestKey(read.request);
    distinct.set(`${read.block.hash}${key}`, { ...read, key });
  }
  await copyRows(client, 'ledger.reads', readColumns(chainId), [...distinct.values()]);
}

/** The recorded reads of a range, including those of orphaned blocks, by block hash and then by request key. */
export async function loadReads(
  client: ClientBase,
  chainId: number,
  range: BlockRange,
): Promise<Map<Hash, Map<RequestKey, ReadResult>>> {
  const { rows } = await client.query<ReadSqlRow>(
    `select ${hexOf('block_hash')}, encode(request_key, 'hex') as request_key, status, ${hexOf('result')},
            result_bytes::float8
     from ledger.reads where chain_id = $1 and block_number between $2 and $3`,
    [chainId, range.from, range.to],
  );
  const reads = new Map<Hash, Map<RequestKey, ReadResult>>();
  for (const row of rows) {
    let ofBlock = reads.get(row.block_hash);
    if (ofBlock === undefined) reads.set(row.block_hash, (ofBlock = new Map()));
    ofBlock.set(row.request_key, resultOf(row));
  }
  return reads;
}

/** The recorded reads of a range, including those of orphaned blocks, with their requests. */
export async function loadRecordedReads(
  client: ClientBase,
  chainId: number,
  range: BlockRange,
): Promise<RecordedRead[]> {
  const { rows } = await client.query<
    ReadSqlRow & { block_number: number; kind: number; target: Address; request: Hex }
  >(
    `select block_number::float8, ${hexOf('block_hash')}, encode(request_key, 'hex') as request_key, kind, ${hexOf('target')},
            ${hexOf('request')}, status, ${hexOf('result')}, result_bytes::float8
     from ledger.reads where chain_id = $1 and block_number between $2 and $3`,
    [chainId, range.from, range.to],
  );
  return rows.map((row) => ({
    block: { number: row.block_number, hash: row.block_hash },
    request:
      row.kind === kindCodes.call
        ? { kind: 'call', target: row.target, calldata: row.request }
        : { kind: 'transaction', transactionHash: toHash(row.request) },
    result: resultOf(row),
  }));
}

interface ReadSqlRow {
  block_hash: Hash;
  request_key: RequestKey;
  status: number;
  result: Hex | null;
  result_bytes: number;
}

function resultOf({ status, result, result_bytes: bytes }: ReadSqlRow): ReadResult {
  switch (status) {
    case statusCodes.ok:
      return { status: 'ok', data: result ?? '0x' };
    case statusCodes.reverted:
      return { status: 'reverted', data: result ?? '0x' };
    case statusCodes.oversized:
      return { status: 'oversized', bytes };
    case statusCodes.unavailable:
      return { status: 'unavailable' };
    default:
      throw new InvariantError(`the ledger has a read with the unknown status ${status}`);
  }
}

function readColumns(chainId: number) {
  return [
    plainColumn<KeyedRead>('chain_id', () => chainId),
    plainColumn<KeyedRead>('block_number', ({ block }) => block.number),
    hexColumn<KeyedRead>('block_hash', ({ block }) => block.hash),
    hexColumn<KeyedRead>('request_key', ({ key }) => `0x${key}`),
    plainColumn<KeyedRead>('kind', ({ request }) => kindCodes[request.kind]),
    hexColumn<KeyedRead>('target', ({ request }) => (request.kind === 'call' ? request.target : '0x')),
    hexColumn<KeyedRead>('request', ({ request }) =>
      request.kind === 'call' ? request.calldata : request.transactionHash,
    ),
    plainColumn<KeyedRead>('status', ({ result }) => statusCodes[result.status]),
    hexColumn<KeyedRead>('result', ({ result }) => ('data' in result ? result.data : null)),
    plainColumn<KeyedRead>('result_bytes', ({ result }) => resultBytes(result)),
  ];
}

function resultBytes(result: ReadResult): number {
  if ('data' in result) return (result.data.length - 2) / 2;
  return result.status === 'oversized' ? result.bytes : 0;
}
