/**
 * Turns a good answer into that of a faulty node. Returns null, or the unchanged answer, if the fault does
 * not apply.
 */
import type { AnswerFault, ExchangeFault } from './faults.ts';
import type { RpcAnswer, RpcRequest } from './node-proxy.ts';

/** The number of blocks by which a lagging head is behind. */
const lagBlocks = 2;
const rangeLimitBlocks = 5;

interface Receipt {
  readonly logs: readonly unknown[];
}

interface Log {
  readonly address: string;
  readonly blockNumber: string;
}

/** Faults of a batch's answers as a whole. */
export function faultyBody(
  fault: ExchangeFault | null,
  answers: readonly RpcAnswer[],
): { readonly answers: readonly RpcAnswer[]; readonly isChanged: boolean } {
  const [first] = answers;
  if (first === undefined || answers.length < 2) return { answers, isChanged: false };
  switch (fault) {
    case 'reordered-answers':
      return { answers: answers.toReversed(), isChanged: true };
    case 'duplicated-answer':
      return { answers: [...answers, first], isChanged: true };
    case 'missing-answer':
      return { answers: answers.slice(1), isChanged: true };
    default:
      return { answers, isChanged: false };
  }
}

/** Makes another request to the same node, or the same request to a node on another fork. */
export interface Askers {
  readonly ask: (request: RpcRequest) => Promise<RpcAnswer>;
  readonly askStray: (request: RpcRequest) => Promise<RpcAnswer | null>;
}

export async function faultyAnswer(
  fault: AnswerFault,
  request: RpcRequest,
  answer: RpcAnswer,
  { ask, askStray }: Askers,
): Promise<RpcAnswer | null> {
  switch (fault) {
    case 'rpc-error':
      return refusal(answer, -32002, 'resource unavailable');
    case 'rpc-rate-limited':
      return refusal(answer, -32005, 'too many requests');
    case 'unknown-block':
      return refusal(answer, -32000, 'header not found');
    case 'range-limit':
      return rangeBlocks(request) > rangeLimitBlocks
        ? refusal(answer, -32000, `block range is too large: maximum range ${rangeLimitBlocks}`)
        : null;
    case 'answer-too-big':
      return rangeBlocks(request) > 1
        ? refusal(answer, -32005, 'query returned more than 10000 results')
        : null;
    case 'null-block':
      return { id: answer.id, result: null };
    case 'lagging-head':
      return await laggingHead(request, answer, ask);
    case 'block-of-other-fork':
      return await askStray(request);
    case 'receipts-emptied':
      return withoutReceiptLogs(answer, (logs) => logs.length);
    case 'receipt-log-left-out':
      return withoutReceiptLogs(answer, (logs) => Math.min(1, logs.length));
    default:
      return faultyLogs(fault, request, answer);
  }
}

async function laggingHead(
  request: RpcRequest,
  answer: RpcAnswer,
  ask: (request: RpcRequest) => Promise<RpcAnswer>,
): Promise<RpcAnswer | null> {
  const head = answer.result as { readonly number: string } | null | undefined;
  if (request.params[0] !== 'latest' || head === null || head === undefined) return null;
  const behind = Math.max(0, Number(head.number) - lagBlocks);
  return await ask({ ...request, params: [`0x${behind.toString(16)}`, false] });
}

/** Receipts that each lack the last `lacking(logs)` of their logs. */
function withoutReceiptLogs(
  answer: RpcAnswer,
  lacking: (logs: readonly unknown[]) => number,
): RpcAnswer | null {
  const receipts = answer.result as readonly Receipt[] | null | undefined;
  if (!Array.isArray(receipts) || receipts.every(({ logs }) => logs.length === 0)) return null;
  const result = receipts.map((receipt: Receipt) => ({
    ...receipt,
    logs: receipt.logs.slice(0, receipt.logs.length - lacking(receipt.logs)),
  }));
  return { id: answer.id, result };
}

function faultyLogs(fault: AnswerFault, request: RpcRequest, answer: RpcAnswer): RpcAnswer | null {
  const logs = answer.result as readonly Log[] | undefined;
  const [first] = logs ?? [];
  const last = logs?.at(-1);
  if (!Array.isArray(logs) || first === undefined || last === undefined) return null;
  const result = (changed: readonly unknown[]): RpcAnswer => ({ id: answer.id, result: changed });
  switch (fault) {
    case 'logs-left-out':
      return result(logs.filter(({ address }) => address !== first.address));
    case 'logs-cut-short':
      return rangeBlocks(request) > 1
        ? result(logs.filter(({ blockNumber }) => blockNumber !== last.blockNumber))
        : null;
    case 'logs-duplicated':
      return result([...logs, last]);
    case 'logs-reordered':
      return logs.length > 1 ? result(logs.toReversed()) : null;
    case 'logs-removed':
      return result(logs.map((log, index) => (index === 0 ? { ...log, removed: true } : log)));
    default:
      return null;
  }
}

/** Near the head, logs are requested by block hash, which no node refuses as too large. */
function rangeBlocks({ params }: RpcRequest): number {
  const filter = params[0] as { readonly fromBlock?: string; readonly toBlock?: string } | null | undefined;
  if (filter?.fromBlock === undefined) return 0;
  return Number(filter.toBlock) - Number(filter.fromBlock) + 1;
}

function refusal({ id }: RpcAnswer, code: number, message: string): RpcAnswer {
  return { id, error: { code, message } };
}
