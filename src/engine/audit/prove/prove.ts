/**
 * Proves that the ledger equals the chain, based only on the last block's hash. Every header hashes to the parent hash of the next one, its
 * receipts match its receipts root, and the ledger has exactly the logs of indexed contracts in those receipts.
 *
 * A node cannot substitute a block's logs, because they would not match the root. It could serve another chain, so the result names the
 * last block's hash, which readers should compare with other sources.
 */
import pLimit from 'p-limit';
import type { ClientBase } from 'pg';
import { addToBloom, bloomBitsOf, emptyBloom } from '../../chain/bloom.ts';
import { computeHeaderHash } from '../../chain/header-hash.ts';
import { ReceiptsRootError } from '../../rpc/errors.ts';
import { type ChainNode, resultOf } from '../../rpc/node.ts';
import { parseHeader } from '../../rpc/parse.ts';
import { provenReceipts } from '../../chain/receipts-root.ts';
import type { BlockHeader, BlockReference, RawLog } from '../../rpc/types.ts';
import type { ContractSet } from '../../contract/contract-set.ts';
import { TraceChainError } from '../../../primitives/errors.ts';
import { bytesToHex, type Hash } from '../../../primitives/hex.ts';
import type { BlockRange } from '../../../primitives/interval.ts';
import { compareLogs, type LedgerBlock, loadLedgerBlocks } from '../../ledger/ledger-blocks.ts';

export type ProofProblemKind =
  /** The node did not send the header or the receipts, or sent a malformed response. */
  | 'node'
  /** The header's fields do not hash to the header's hash. */
  | 'header hash'
  /** The header does not name the previous header as its parent. */
  | 'parent link'
  /** The node's receipts do not match the header's receipts root. */
  | 'receipts root'
  | 'bloom'
  /** The ledger has another block, or other header fields. */
  | 'block altered'
  | 'block missing'
  | 'log altered'
  | 'log missing'
  | 'log added';

export interface ProofProblem {
  readonly kind: ProofProblemKind;
  readonly blockNumber: number;
  readonly blockHash: Hash | null;
  /** For problems with one log. */
  readonly logIndex: number | null;
  readonly transactionHash: Hash | null;
  readonly detail: string;
}

export interface LedgerProof {
  readonly chainId: number;
  readonly from: number;
  readonly to: number;
  /** The hash of block `to`, on which the proof is based. Null if the node did not send that block. */
  readonly toHash: Hash | null;
  readonly blocks: number;
  /** Logs of indexed contracts in the receipts. */
  readonly logs: number;
  readonly receipts: number;
  /** Headers whose hash could not be recomputed because they have unknown fields, and those fields. */
  readonly unverifiedHeaders: number;
  readonly unknownHeaderFields: readonly string[];
  readonly problems: readonly ProofProblem[];
  /** The number of problems beyond those listed. */
  readonly furtherProblems: number;
  /** The node's URL, with its secrets masked. */
  readonly node: string;
}

export interface ProofSettings {
  readonly client: ClientBase;
  readonly node: ChainNode;
  readonly chainId: number;
  readonly contracts: ContractSet;
  readonly range: BlockRange;
  readonly signal?: AbortSignal;
  /** Blocks whose receipts are requested concurrently. */
  readonly concurrency?: number;
  readonly onProgress?: (done: { readonly block: number; readonly problems: number }) => void;
}

const blocksAtOnce = 64;
const usualConcurrency = 8;
/** The ledger of another chain would differ everywhere. */
const maximumProblems = 1000;

/** Proves the range in order, `blocksAtOnce` blocks at a time. Memory use does not grow with the range. */
export async function proveLedger(settings: ProofSettings): Promise<LedgerProof> {
  const { client, node, chainId, range, signal, onProgress } = settings;
  const proof = new ProofInProgress(settings, await readWholeRanges(client, chainId));
  for (let from = range.from; from <= range.to; from += blocksAtOnce) {
    signal?.throwIfAborted();
    const chunk = { from, to: Math.min(from + blocksAtOnce - 1, range.to) };
    const kept = await loadLedgerBlocks(client, chainId, chunk);
    const headers = await requestHeaders(node, chunk, signal);
    await proof.chunk(headers, kept);
    onProgress?.({ block: chunk.to, problems: proof.problemCount });
  }
  return proof.result();
}

/** The ranges in which the ledger has every block. At the level `logs` it has only those with logs. */
async function readWholeRanges(client: ClientBase, chainId: number): Promise<readonly BlockRange[]> {
  const { rows } = await client.query<BlockRange>(
    `select from_block::float8 as "from", to_block::float8 as "to" from ledger.coverage
     where chain_id = $1 and completeness <> 'logs'`,
    [chainId],
  );
  return rows;
}

/** The node's unparsed response for each header, so that a faulty one does not hide the others. */
async function requestHeaders(
  node: ChainNode,
  { from, to }: BlockRange,
  signal: AbortSignal | undefined,
): Promise<Map<number, () => unknown>> {
  const numbers = Array.from({ length: to - from + 1 }, (_, index) => from + index);
  const requests = numbers.map((number) => ({
    method: 'eth_getBlockByNumber',
    params: [`0x${number.toString(16)}`, false],
  }));
  const answers = await node.requestBatch(requests, signal === undefined ? {} : { signal });
  return new Map(numbers.map((number, index) => [number, () => resultOf(answers[index])]));
}

class ProofInProgress {
  readonly #settings: ProofSettings;
  readonly #wholeRanges: readonly BlockRange[];
  readonly #problems: ProofProblem[] = [];
  readonly #unknownFields = new Set<string>();
  #previous: BlockReference | null = null;
  #counts = { blocks: 0, logs: 0, receipts: 0, unverifiedHeaders: 0, furtherProblems: 0 };

  constructor(settings: ProofSettings, wholeRanges: readonly BlockRange[]) {
    this.#settings = settings;
    this.#wholeRanges = wholeRanges;
  }

  get problemCount(): number {
    return this.#problems.length + this.#counts.furtherProblems;
  }

  async chunk(
    answers: ReadonlyMap<number, () => unknown>,
    kept: ReadonlyMap<number, LedgerBlock>,
  ): Promise<void> {
    const limit = pLimit(this.#settings.concurrency ?? usualConcurrency);
    const pending: Promise<readonly ProofProblem[]>[] = [];
    for (const [number, answer] of answers) {
      this.#counts.blocks += 1;
      const header = this.#header(number, answer);
      if (header === null) continue;
      const block = kept.get(number) ?? null;
      this.#compareBlock(header, block);
      pending.push(limit(async () => await this.#proveLogs(header, block?.logs ?? [])));
    }
    // Problems are added in the order of the blocks, not of the responses.
    for (const problems of await Promise.all(pending)) problems.forEach((problem) => this.#add(problem));
  }

  /** Checks the header's hash and its link to the previous header, and returns the header. */
  #header(number: number, answer: () => unknown): BlockHeader | null {
    try {
      const raw = answer();
      if (raw === null) throw new TraceChainError('The node does not have it', { code: 'prove/no-block' });
      const header = parseHeader(raw);
      const { hash, unknownFields } = computeHeaderHash(raw);
      if (hash !== header.hash) this.#notThatHash(header, hash, unknownFields);
      if (this.#previous !== null && header.parentHash !== this.#previous.hash) {
        const detail = `its parent is ${header.parentHash}, not ${this.#previous.hash}`;
        this.#add(problemOf('parent link', header, detail));
      }
      this.#previous = header;
      return header;
    } catch (error) {
      if (!(error instanceof TraceChainError)) throw error;
      this.#previous = null;
      this.#add(problemOf('node', { number, hash: null }, error.message));
      return null;
    }
  }

  #notThatHash(header: BlockHeader, computed: Hash | null, unknownFields: readonly string[]): void {
    // A header with unknown fields cannot be hashed. This is reported, but is not a fault of the node.
    if (computed === null || unknownFields.length > 0) {
      this.#counts.unverifiedHeaders += 1;
      for (const field of unknownFields) this.#unknownFields.add(field);
      return;
    }
    this.#add(problemOf('header hash', header, `its fields hash to ${computed}`));
  }

  #compareBlock(header: BlockHeader, block: LedgerBlock | null): void {
    if (block === null) {
      // In other ranges only blocks with logs are in the ledger, and the receipts determine whether the block has any.
      if (this.#wholeRanges.some(({ from, to }) => from <= header.number && header.number <= to))
        this.#add(problemOf('block missing', header, 'the ledger has no such block'));
      return;
    }
    const facts: readonly (readonly [string, string | null, string])[] = [
      ['hash', block.hash, header.hash],
      ['parent_hash', block.parentHash, header.parentHash],
      ['receipts_root', block.receiptsRoot, header.receiptsRoot],
      ['state_root', block.stateRoot, header.stateRoot],
      ['timestamp', String(block.timestamp), String(header.timestamp)],
    ];
    for (const [name, kept, said] of facts) {
      if (kept !== null && kept !== said)
        this.#add(
          problemOf('block altered', header, `the ledger has the ${name} ${kept}, the header ${said}`),
        );
    }
    if (block.logCount !== block.logs.length) {
      const detail = `the ledger recorded ${block.logCount} logs and has ${block.logs.length}`;
      this.#add(problemOf('block altered', header, detail));
    }
  }

  async #proveLogs(header: BlockHeader, kept: readonly RawLog[]): Promise<readonly ProofProblem[]> {
    const { node, contracts, signal } = this.#settings;
    let all: RawLog[];
    try {
      const receipts = await provenReceipts(node, header, signal === undefined ? {} : { signal });
      this.#counts.receipts += receipts.length;
      all = receipts.flatMap(({ logs }) => logs);
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof TraceChainError)) throw error;
      const kind = error instanceof ReceiptsRootError ? 'receipts root' : 'node';
      return [problemOf(kind, header, error.message)];
    }
    const problems: ProofProblem[] = [];
    if (bloomOfLogs(all) !== header.logsBloom)
      problems.push(problemOf('bloom', header, 'its logs do not match its bloom'));
    const proven = all.filter(({ address }) => contracts.at(address, header.number) !== undefined);
    this.#counts.logs += proven.length;
    for (const difference of compareLogs(proven, kept)) {
      const { kind, log } = difference;
      const of = 'fields' in difference ? `: ${difference.fields.join(', ')}` : '';
      problems.push({
        ...problemOf(kind, header, `${logTexts[kind]}${of}`),
        logIndex: log.logIndex,
        transactionHash: log.transactionHash,
      });
    }
    return problems;
  }

  #add(problem: ProofProblem): void {
    if (this.#problems.length < maximumProblems) this.#problems.push(problem);
    else this.#counts.furtherProblems += 1;
  }

  result(): LedgerProof {
    const { chainId, range, node } = this.#settings;
    return {
      chainId,
      from: range.from,
      to: range.to,
      toHash: this.#previous?.number === range.to ? this.#previous.hash : null,
      ...this.#counts,
      unknownHeaderFields: [...this.#unknownFields].toSorted(),
      problems: this.#problems,
      node: node.name,
    };
  }
}

const logTexts = {
  'log missing': 'the receipts have a log that the ledger lacks',
  'log added': 'the ledger has a log that the receipts lack',
  'log altered': 'the ledger’s log differs',
} as const;

function problemOf(
  kind: ProofProblemKind,
  block: { readonly number: number; readonly hash: Hash | null },
  detail: string,
): ProofProblem {
  return {
    kind,
    blockNumber: block.number,
    blockHash: block.hash,
    logIndex: null,
    transactionHash: null,
    detail,
  };
}

function bloomOfLogs(logs: readonly RawLog[]): string {
  const bloom = emptyBloom();
  for (const { address, topics } of logs)
    for (const value of [address, ...topics]) addToBloom(bloom, bloomBitsOf(value));
  return bytesToHex(bloom);
}
