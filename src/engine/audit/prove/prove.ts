/**
 * The proof that the ledger is the chain, from the last block's hash alone: every header hashes to what the next one names as its
 * parent, its receipts make the root that it commits to, and the ledger has exactly those logs of indexed contracts that are in them.
 *
 * A node can't pass off other logs for a block's: they wouldn't make the root. It could serve another chain, so what the proof rests on is
 * named: the last block's hash, for whoever reads it to compare with what others say.
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
import { compareLogs } from '../../ledger/compare-logs.ts';
import { type LedgerBlock, loadLedgerBlocks } from '../../ledger/ledger-blocks.ts';

export type ProofProblemKind =
  /** The node doesn't give the header or the receipts, or something malformed. */
  | 'node'
  /** The node's header doesn't hash to the hash that it has. */
  | 'header hash'
  /** It doesn't name the header before as its parent. */
  | 'parent link'
  /** The receipts that the node gives aren't those that the header commits to. */
  | 'receipts root'
  | 'bloom'
  /** The ledger has another block there, or the header's facts otherwise. */
  | 'block altered'
  | 'block missing'
  | 'log altered'
  | 'log missing'
  | 'log added';

export interface ProofProblem {
  readonly kind: ProofProblemKind;
  readonly blockNumber: number;
  readonly blockHash: Hash | null;
  /** Of one log. */
  readonly logIndex: number | null;
  readonly transactionHash: Hash | null;
  readonly detail: string;
}

export interface LedgerProof {
  readonly chainId: number;
  readonly from: number;
  readonly to: number;
  /** The hash that the proof rests on, of block `to`: all others follow from it. Null where the node didn't give that block. */
  readonly toHash: Hash | null;
  readonly blocks: number;
  /** Logs of indexed contracts that the receipts have. */
  readonly logs: number;
  readonly receipts: number;
  /** Headers whose hash couldn't be recomputed, since this chain's headers have fields that aren't known here; and those fields. */
  readonly unverifiedHeaders: number;
  readonly unknownHeaderFields: readonly string[];
  readonly problems: readonly ProofProblem[];
  /** Problems beyond those that are listed. */
  readonly furtherProblems: number;
  /** Against which node, its secrets masked. */
  readonly node: string;
}

export interface ProofSettings {
  readonly client: ClientBase;
  readonly node: ChainNode;
  readonly chainId: number;
  readonly contracts: ContractSet;
  readonly range: BlockRange;
  readonly signal?: AbortSignal;
  /** Blocks whose receipts are asked for at once. */
  readonly concurrency?: number;
  readonly onProgress?: (done: { readonly block: number; readonly problems: number }) => void;
}

const blocksAtOnce = 64;
const usualConcurrency = 8;
/** A ledger of another chain differs everywhere. */
const mostProblems = 1000;

/** Goes through the range in order, `blocksAtOnce` at a time, in memory that doesn't grow with it. */
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

/** Where the ledger keeps every block: at the level `logs` only those with logs. */
async function readWholeRanges(client: ClientBase, chainId: number): Promise<readonly BlockRange[]> {
  const { rows } = await client.query<BlockRange>(
    `select from_block::float8 as "from", to_block::float8 as "to" from ledger.coverage
     where chain_id = $1 and completeness <> 'logs'`,
    [chainId],
  );
  return rows;
}

/** What the node answers of each block's header, unparsed: a faulty one must not hide the others. */
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
    // In the order of the blocks, whichever came first.
    for (const problems of await Promise.all(pending)) problems.forEach((problem) => this.#add(problem));
  }

  /** The node's header of a block, its hash and its link to the one before checked. */
  #header(number: number, answer: () => unknown): BlockHeader | null {
    try {
      const raw = answer();
      if (raw === null) throw new TraceChainError('The node doesn’t have it', { code: 'prove/no-block' });
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
    // A header of a kind that isn't known here can't be hashed; that is told, and is no fault of the node's.
    if (computed === null || unknownFields.length > 0) {
      this.#counts.unverifiedHeaders += 1;
      for (const field of unknownFields) this.#unknownFields.add(field);
      return;
    }
    this.#add(problemOf('header hash', header, `its fields hash to ${computed}`));
  }

  #compareBlock(header: BlockHeader, block: LedgerBlock | null): void {
    if (block === null) {
      // Elsewhere only blocks with logs are kept, and its receipts tell whether it has any.
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
      const detail = `the ledger noted ${block.logCount} logs and has ${block.logs.length}`;
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
      problems.push(problemOf('bloom', header, 'its logs don’t make the bloom that it has'));
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
    if (this.#problems.length < mostProblems) this.#problems.push(problem);
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
  'log missing': 'the receipts have a log that the ledger hasn’t',
  'log added': 'the ledger has a log that the receipts haven’t',
  'log altered': 'the ledger has it otherwise',
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
