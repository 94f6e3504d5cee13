/**
 * Which kind of error a node's answer is.
 *
 * A code that has one meaning decides. The codes that every vendor uses for anything (-32000, -32602, …) say nothing, so there,
 * and only there, the wording does; what the wording doesn't tell falls back to the code's meaning in EIP-1474.
 */
import { isHexData } from './parse.ts';
import type { Hex } from '../primitives/hex.ts';
import type { NodeErrorKind } from './errors.ts';

/** The `error` member of a JSON-RPC answer. */
export interface RpcErrorObject {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** Codes that mean one thing wherever they are used. */
const kindByCode: ReadonlyMap<number, NodeErrorKind> = new Map([
  [3, 'reverted'], // geth, and all who follow it
  [-32601, 'method-unsupported'], // JSON-RPC 2.0
  [-32004, 'method-unsupported'], // EIP-1474
  [4444, 'state-unavailable'], // geth: history expired (EIP-4444)
  [429, 'rate-limited'], // Alchemy
  [-32016, 'rate-limited'], // proxyd (Base, Optimism)
  [-32007, 'rate-limited'], // QuickNode
  [-32015, 'reverted'], // OpenEthereum's heirs
  [-32020, 'answer-too-big'], // proxyd
  [-32019, 'unknown-block'], // proxyd
  [-32011, 'unreachable'], // proxyd: no backends
  [-32614, 'range-limit'], // QuickNode
  [-32062, 'range-limit'], // Ankr
  [-32047, 'range-limit'], // Cloudflare
  [35, 'range-limit'], // dRPC
]);

interface Wording {
  readonly pattern: RegExp;
  readonly kind: NodeErrorKind;
  readonly vendor: string;
}

/** The first that matches decides: narrow ones come before wide ones. */
const wordings: readonly Wording[] = [
  { vendor: 'geth, Erigon', kind: 'reverted', pattern: /^execution reverted|^vm execution error|^revert\b/ },
  {
    vendor: 'geth, Erigon: halts',
    kind: 'reverted',
    pattern:
      /^(?:out of gas|invalid opcode|invalid jump|stack (?:under|over)flow|write protection|return data out of bounds)/,
  },
  {
    vendor: 'geth: halts',
    kind: 'reverted',
    pattern: /gas uint64 overflow|max call depth|gas required exceeds allowance/,
  },
  { vendor: 'anvil, Reth: halts', kind: 'reverted', pattern: /^evm error[: ]/ },
  {
    vendor: 'Nethermind',
    kind: 'reverted',
    pattern: /^reverted\b|^(?:outofgas|badinstruction|stackunderflow|stackoverflow|invalidjump)/,
  },
  { vendor: 'Besu', kind: 'reverted', pattern: /^transaction processing could not be completed/ },

  { vendor: 'geth (hash scheme)', kind: 'state-unavailable', pattern: /missing trie node/ },
  {
    vendor: 'geth (path scheme), Reth, Nethermind',
    kind: 'state-unavailable',
    pattern:
      /(?:historical )?state .*(?:is not available|not available|unavailable|is pruned)|no (?:historical )?state available/,
  },
  { vendor: 'Besu', kind: 'state-unavailable', pattern: /world state unavailable/ },
  {
    vendor: 'Erigon',
    kind: 'state-unavailable',
    pattern: /due to pruning|is pruned|history (?:has been|is) pruned/,
  },
  { vendor: 'geth', kind: 'state-unavailable', pattern: /pruned history unavailable/ },

  { vendor: 'geth', kind: 'batch-limit', pattern: /batch too large/ },
  {
    vendor: 'gateways',
    kind: 'batch-limit',
    pattern: /batch (?:size|limit|request)|too many requests in (?:a |the )?batch|batching/,
  },

  {
    vendor: 'Infura, Reth, zkSync, Arbitrum',
    kind: 'answer-too-big',
    pattern:
      /more than [\d,]+ (?:results|logs)|max(?:imum)? results|logs matched by query exceeds|too many (?:results|logs)/,
  },
  {
    vendor: 'Alchemy, geth, proxyd',
    kind: 'answer-too-big',
    pattern: /(?:response|result)(?: size| is)?.*(?:exceed|too (?:large|big))/,
  },
  {
    vendor: 'geth, Infura',
    kind: 'too-slow',
    pattern: /query time(?:out|d out)|execution aborted \(timeout/,
  },

  {
    vendor: 'BSC, PublicNode, Reth, Chainstack, Alchemy, Ankr, Moonbeam, Besu',
    kind: 'range-limit',
    pattern:
      /block range|max(?:imum)? .*range|range (?:is )?too (?:large|wide|big)|range limit|ranges over|range exceed/,
  },
  {
    vendor: '1RPC, Base, thirdweb',
    kind: 'range-limit',
    pattern: /limited to .*range|number of requested blocks/,
  },

  {
    vendor: 'Infura, QuickNode, public gateways',
    kind: 'rate-limited',
    pattern: /rate.?limit|too many requests|request (?:count|limit|rate)|throttl/,
  },
  {
    vendor: 'compute units (Alchemy, Infura)',
    kind: 'rate-limited',
    pattern: /(?:capacity|credits?|quota).*exceeded/,
  },
  {
    vendor: 'geth, dRPC',
    kind: 'timed-out',
    pattern: /request timed out|request timeout|timeout on the free tier/,
  },

  {
    vendor: 'geth, Erigon, Nethermind, Reth',
    kind: 'unknown-block',
    pattern:
      /header (?:for hash )?not found|unknown block|block not found|cannot find block|not currently canonical|resource not found/,
  },
  {
    vendor: 'gateways in front of lagging nodes',
    kind: 'unknown-block',
    pattern:
      /beyond (?:the )?(?:current )?head|after last accepted block|block is out of range|greater than (?:the )?latest/,
  },
  {
    vendor: 'gateways',
    kind: 'method-unsupported',
    pattern: /method .*(?:not (?:found|supported|available|allowed)|unsupported|does not exist|disabled)/,
  },
];

/** EIP-1474, for what neither a code of one meaning nor the wording told. */
const fallbackKindByCode: ReadonlyMap<number, NodeErrorKind> = new Map([
  [-32001, 'unknown-block'], // resource not found
  [-32002, 'timed-out'], // resource unavailable
  [-32005, 'rate-limited'], // limit exceeded
]);

/** anvil says the same of a block beyond its head and of one whose state it dropped; only the numbers tell them apart. */
const anvilOutOfRange = /^blockoutofrangeerror: block height is (\d+) but requested was (\d+)/;

/** The kind of a JSON-RPC error. */
export function kindOfRpcError(error: RpcErrorObject): NodeErrorKind {
  const byCode = kindByCode.get(error.code);
  if (byCode !== undefined) return byCode;
  const message = error.message.toLowerCase();
  const outOfRange = anvilOutOfRange.exec(message);
  if (outOfRange !== null) {
    return Number(outOfRange[2]) <= Number(outOfRange[1]) ? 'state-unavailable' : 'unknown-block';
  }
  const wording = wordings.find(({ pattern }) => pattern.test(message));
  return wording?.kind ?? fallbackKindByCode.get(error.code) ?? 'permanent';
}

/** The kind of an HTTP status of 300 or more that came without a JSON-RPC error. */
export function kindOfHttpStatus(status: number): NodeErrorKind {
  if (status === 429) return 'rate-limited';
  if (status === 408 || status === 504 || status === 524) return 'timed-out';
  if (status === 413) return 'answer-too-big';
  return status >= 500 ? 'unreachable' : 'permanent';
}

/** The revert data of an error, `0x` where the node gives none. */
export function revertDataOf(error: RpcErrorObject): Hex {
  const data = error.data;
  if (typeof data === 'string') {
    // OpenEthereum's heirs write "Reverted 0x…".
    const hex = data.replace(/^Reverted /i, '').toLowerCase();
    return isHexData(hex) ? hex : '0x';
  }
  if (typeof data === 'object' && data !== null && 'data' in data && typeof data.data === 'string') {
    const hex = data.data.toLowerCase();
    return isHexData(hex) ? hex : '0x';
  }
  return '0x';
}

/** Milliseconds of a `Retry-After` header (RFC 9110: seconds, or an HTTP date), `undefined` where it says nothing usable. */
export function retryAfterMs(header: string | null | undefined, nowMs: number): number | undefined {
  if (header === null || header === undefined) return undefined;
  const text = header.trim();
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}
