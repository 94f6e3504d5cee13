import { describe, expect, test } from 'vitest';
import {
  kindOfHttpStatus,
  kindOfRpcError,
  retryAfterMs,
  revertDataOf,
} from '../../src/chain/node-answers.ts';

describe('the kind of a refusal', () => {
  test.each([
    // what its code says
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
    // what nothing tells
    [-32000, 'something new', 'permanent'],
    [-32602, 'invalid argument 0: hex string has length 3', 'permanent'],
  ])('%i "%s" is %s', (code, message, kind) => {
    expect(kindOfRpcError({ code, message })).toBe(kind);
  });

  test.each([
    [429, 'rate-limited'],
    [504, 'timed-out'],
    [413, 'answer-too-big'],
    [502, 'unreachable'],
    [401, 'permanent'],
  ])('HTTP %i is %s', (status, kind) => {
    expect(kindOfHttpStatus(status)).toBe(kind);
  });
});

test.each([
  ['0x08c379a0', '0x08c379a0'],
  ['Reverted 0x08C379A0', '0x08c379a0'],
  [{ data: '0x01' }, '0x01'],
  ['OutOfGas', '0x'],
  [undefined, '0x'],
])('the revert data of %j', (data, expected) => {
  expect(revertDataOf({ code: 3, message: 'execution reverted', data })).toBe(expected);
});

test.each([
  ['7', 7_000],
  ['Sun, 22 Nov 2026 12:00:05 GMT', 5_000],
  ['Sun, 22 Nov 2026 11:00:00 GMT', 0],
  ['soon', undefined],
  [null, undefined],
])('Retry-After: %s', (text, milliseconds) => {
  expect(retryAfterMs(text, Date.UTC(2026, 10, 22, 12, 0, 0))).toBe(milliseconds);
});
