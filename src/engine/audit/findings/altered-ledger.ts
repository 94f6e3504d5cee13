/** Checks whether the ledger's data of a block equals the chain's. Used if the fold of the ledger and a table disagree. */
import type { ClientBase } from 'pg';
import { headerByNumber } from '../../chain/headers.ts';
import { getLogsByBlockHash } from '../../chain/logs.ts';
import type { ChainNode } from '../../rpc/node.ts';
import type { ReadRequest, ReadResult } from '../../rpc/types.ts';
import type { ReadPlan } from '../../contract/read-plan.ts';
import { loadRecordedReads } from '../../ledger/reads.ts';
import type { Address } from '../../../primitives/hex.ts';
import { compareLogs, loadLedgerBlocks } from '../../ledger/ledger-blocks.ts';
import type { StateReader } from '../expectations/state-reads.ts';

export interface LedgerCheckOptions {
  readonly client: ClientBase;
  readonly chainId: number;
  readonly node: ChainNode;
  readonly reader: StateReader;
  /** The audited block. Later blocks are not checked. */
  readonly upTo: number;
  readonly signal?: AbortSignal | undefined;
}

/** Each block costs several requests. If more rows are wrong, the first ones show the cause. */
const maximumBlocks = 2_000;

/** Compares blocks of the ledger with the node, each at most once. */
export class LedgerCheck {
  readonly #options: LedgerCheckOptions;
  readonly #known = new Map<string, Promise<string | null>>();

  constructor(options: LedgerCheckOptions) {
    this.#options = options;
  }

  /**
   * Describes a difference between the ledger and the node in one of these blocks, as a clause. Returns null if there is none; blocks that
   * the ledger does not have are ignored. `address` is a contract whose logs are checked in addition to those of the contracts with logs in
   * the block.
   */
  async alteration(blockNumbers: Iterable<number>, address: Address | null): Promise<string | null> {
    for (const number of new Set(blockNumbers)) {
      if (!Number.isSafeInteger(number) || number < 0 || number > this.#options.upTo) continue;
      const key = `${number} ${address ?? ''}`;
      let known = this.#known.get(key);
      if (known === undefined) {
        if (this.#known.size >= maximumBlocks) continue;
        this.#known.set(key, (known = this.#check(number, address)));
      }
      const found = await known;
      if (found !== null) return found;
    }
    return null;
  }

  async #check(number: number, address: Address | null): Promise<string | null> {
    const { client, chainId, node, reader, signal } = this.#options;
    const kept = (await loadLedgerBlocks(client, chainId, { from: number, to: number })).get(number);
    if (kept === undefined) return null;
    if (kept.logs.length !== kept.logCount)
      return `the ledger has ${kept.logs.length} of the ${kept.logCount} logs with which block ${number} was ingested`;
    const options = signal === undefined ? {} : { signal };
    const header = await headerByNumber(node, number, options);
    if (header.hash !== kept.hash)
      return `block ${number} is ${header.hash} at the node and ${kept.hash} in the ledger`;
    if (header.timestamp !== kept.timestamp)
      return `the time of block ${number} is ${header.timestamp} at the node and ${kept.timestamp} in the ledger`;
    const addresses = new Set(kept.logs.map((log) => log.address));
    if (address !== null) addresses.add(address);
    const [logs = []] = await getLogsByBlockHash(node, [kept.hash], { addresses: [...addresses] }, options);
    for (const { kind, log } of compareLogs(logs, kept.logs)) {
      // A log that was never ingested is a missed event.
      if (kind === 'log missing') continue;
      const what = kind === 'log added' ? 'does not exist on the chain' : 'differs from the chain';
      return `log ${log.logIndex} of block ${number} in the ledger ${what}`;
    }
    const reads = await loadRecordedReads(client, chainId, { from: number, to: number });
    const own = reads.filter(({ block, result }) => block.hash === kept.hash && 'data' in result);
    const [answers = []] = await reader.answer(kept.hash, [
      () => requestAll(own.map(({ request }) => request)),
    ]);
    const other = own.findIndex(({ result }, index) => isOther(result, answers[index]));
    return other === -1 ? null : `a recorded read of block ${number} differs from the node’s answer`;
  }
}

function* requestAll(requests: readonly ReadRequest[]): ReadPlan<readonly ReadResult[]> {
  return requests.length === 0 ? [] : yield requests;
}

function isOther(kept: ReadResult, now: ReadResult | undefined): boolean {
  if (now === undefined || !('data' in kept) || !('data' in now)) return false;
  return kept.status !== now.status || kept.data !== now.data;
}
