import { describe, expect, test } from 'vitest';
import {
  classifyRpcError,
  kindOfHttpStatus,
  kindOfRpcError,
  retryAfterMs,
  revertDataOf,
} from '../../../src/engine/rpc/node-answers.ts';
import { wordings } from '../../../src/engine/rpc/node-wordings.ts';
import { tellOnce, type JournalGoneError } from '../../../src/engine/rpc/odd-errors.ts';

describe('the kind of a refusal', () => {
  test.each([
    // classified by the code
    [3, 'execution reverted: no such product', 'reverted'],
    [-32601, 'the method eth_getBlockReceipts does not exist/is not available', 'method-unsupported'],
    [-32614, 'eth_getLogs is limited to a 10,000 range', 'range-limit'],
    [4444, 'pruned history unavailable', 'state-unavailable'],
    [-32016, 'over rate limit', 'rate-limited'],
    // geth
    [-32000, 'missing trie node 1a2b (path ) state 0x3c is not available', 'state-unavailable'],
    [-32000, 'historical state 1a2b is not available', 'state-unavailable'],
    [-32000, 'header not found', 'unknown-block'],
    [-32000, 'header for hash not found', 'unknown-block'],
    [-32000, 'hash is not currently canonical', 'unknown-block'],
    [-32000, 'unknown block', 'unknown-block'],
    [-32000, 'out of gas', 'reverted'],
    [-32000, 'invalid opcode: INVALID', 'reverted'],
    [-32000, 'stack underflow (0 <=> 1)', 'reverted'],
    [-32003, 'response too large', 'answer-too-big'],
    [-32600, 'batch too large', 'batch-limit'],
    [-32002, 'request timed out', 'timed-out'],
    [-32000, 'execution aborted (timeout = 5s)', 'too-slow'],
    [-32000, 'query timeout exceeded', 'too-slow'],
    // anvil
    [-32602, 'BlockOutOfRangeError: block height is 100 but requested was 1', 'state-unavailable'],
    [-32602, 'BlockOutOfRangeError: block height is 100 but requested was 101', 'unknown-block'],
    [-32001, 'Resource not found', 'unknown-block'],
    [-32603, 'EVM error InvalidFEOpcode', 'reverted'],
    [-32603, 'EVM error OutOfGas', 'reverted'],
    // Reth
    [-32602, 'query exceeds max block range 100000', 'range-limit'],
    [-32602, 'query exceeds max results 20000, retry with the range 1-2', 'answer-too-big'],
    [-32001, 'block not found: hash 0x12', 'unknown-block'],
    [-32003, 'out of gas: gas required exceeds: 50000000', 'reverted'],
    // Besu, Nethermind
    [-32000, 'World state unavailable', 'state-unavailable'],
    [-32002, 'No state available for block 0x12', 'state-unavailable'],
    [-32015, 'VM execution error.', 'reverted'],
    // providers
    [
      -32602,
      'Log response size exceeded. You can make requests with up to a 2K block range',
      'answer-too-big',
    ],
    [
      -32005,
      'query returned more than 10000 results. Try with this block range [0x1, 0x2].',
      'answer-too-big',
    ],
    [-32005, 'project ID request rate exceeded', 'rate-limited'],
    [-32005, 'limit exceeded', 'rate-limited'],
    [-32701, 'exceed maximum block range: 50000', 'range-limit'],
    [-32000, 'logs matched by query exceeds limit of 10000', 'answer-too-big'],
    [-32600, 'Under the Free tier plan, requests with up to a 10 block range are served', 'range-limit'],
    [-32000, 'block range is too wide (maximum 1024)', 'range-limit'],
    [-39001, 'Unknown block', 'unknown-block'],
    [-32000, 'block range extends beyond current head block', 'unknown-block'],
    // classified by nothing
    [-32000, 'something new', 'unknown-error'],
    [-32603, 'something new', 'node-failure'],
    [-32602, 'invalid argument 0: hex string has length 3', 'request-refused'],
  ])('the error %i "%s" is classified as %s', (code, message, kind) => {
    expect(kindOfRpcError({ code, message })).toBe(kind);
  });

  test.each([
    [429, 'rate-limited'],
    [504, 'timed-out'],
    [413, 'answer-too-big'],
    [502, 'unreachable'],
    [301, 'access-refused'],
    [401, 'access-refused'],
    [404, 'access-refused'],
    [400, 'request-refused'],
  ])('the HTTP status %i is classified as %s', (status, kind) => {
    expect(kindOfHttpStatus(status)).toBe(kind);
  });
});

const rows = wordings.flatMap((row) => row.examples.map(([code, message]) => ({ row, code, message })));

test.each(rows)('the table recognizes $code "$message"', ({ row, message }) => {
  const text = message.toLowerCase();
  expect(wordings.find(({ pattern }) => pattern.test(text))).toBe(row);
  expect(row.kind).toBe(kindOfRpcError({ code: -32000, message }));
});

test('every row of the table has an example', () => {
  expect(wordings.filter(({ examples }) => examples.length === 0)).toEqual([]);
});

describe('a JSON-RPC error that came with an HTTP status', () => {
  test.each([
    [500, -32603, 'Internal error', 'node-failure'],
    [503, -32000, 'something new', 'node-failure'],
    [503, -32000, 'header not found', 'unknown-block'],
    [500, 3, 'execution reverted', 'reverted'],
    [403, -32000, 'something new', 'access-refused'],
    [402, -32603, 'Internal error', 'access-refused'],
    [429, -32000, 'something new', 'rate-limited'],
    [400, -32602, 'Log response size exceeded.', 'answer-too-big'],
    [400, -32000, 'something new', 'request-refused'],
    [404, -32000, 'something new', 'access-refused'],
    [200, -32000, 'something new', 'unknown-error'],
  ])('the HTTP status %i with the error %i "%s" is classified as %s', (httpStatus, code, message, kind) => {
    expect(kindOfRpcError({ code, message }, { httpStatus })).toBe(kind);
  });
});

describe('a revert', () => {
  test('a revert is recognized by its data, regardless of the error of the call', () => {
    const error = { code: -32603, message: 'something new', data: { data: '0x08c379a0' } };
    expect(kindOfRpcError(error, { method: 'eth_call' })).toBe('reverted');
    expect(kindOfRpcError(error, { method: 'eth_getLogs' })).toBe('node-failure');
  });

  test('an error of a method that executes no code is not a revert', () => {
    const error = { code: 3, message: 'execution reverted' };
    expect(classifyRpcError(error, { method: 'eth_getLogs' })).toEqual({
      kind: 'unknown-error',
      isKnown: false,
    });
  });

  test.each(['missing trie node', 'rate limit exceeded', 'header not found', 'method not found', 'timeout'])(
    'a revert with the reason "%s" stays a revert',
    (reason) => {
      for (const message of [
        `execution reverted: ${reason}`,
        `Error: VM Exception while processing transaction: reverted with reason string '${reason}'`,
      ])
        expect(kindOfRpcError({ code: -32603, message }, { method: 'eth_call' })).toBe('reverted');
    },
  );
});

test('an unrecognized error is reported once, complete and without secrets', () => {
  const url = 'https://node.example/v2/s3cr3t-key-123';
  const told: JournalGoneError[] = [];
  const onOddError = tellOnce(url, (one) => told.push(one));
  const data = { at: 'wss://other.example/key-of-another', of: url };
  for (const trace of ['7f00aa11', '7f00aa12'])
    onOddError({
      method: 'eth_call',
      kind: 'unknown-error',
      error: { code: -32000, message: `odd, trace ${trace}`, data },
    });
  expect(told).toHaveLength(1);
  expect(told[0]).toMatchObject({ method: 'eth_call', code: -32000 });
  expect(told[0]?.error).toContain('odd, trace 7f00aa11');
  expect(told[0]?.error).not.toMatch(/s3cr3t|key-of-another/);
  onOddError({ method: 'eth_call', kind: 'unknown-error', error: { code: -32001, message: 'odd' } });
  expect(told).toHaveLength(2);
});

test.each([
  ['0x08c379a0', '0x08c379a0'],
  ['Reverted 0x08C379A0', '0x08c379a0'],
  [{ data: '0x01' }, '0x01'],
  ['OutOfGas', '0x'],
  [undefined, '0x'],
])('the revert data of %j is extracted', (data, expected) => {
  expect(revertDataOf({ code: 3, message: 'execution reverted', data })).toBe(expected);
});

test.each([
  ['7', 7_000],
  ['Sun, 22 Nov 2026 12:00:05 GMT', 5_000],
  ['Sun, 22 Nov 2026 11:00:00 GMT', 0],
  // the wait is at most five minutes
  ['86400', 300_000],
  ['Sun, 29 Nov 2026 12:00:00 GMT', 300_000],
  ['soon', undefined],
  [null, undefined],
])('Retry-After: %s is parsed', (text, milliseconds) => {
  expect(retryAfterMs(text, Date.UTC(2026, 10, 22, 12, 0, 0))).toBe(milliseconds);
});
