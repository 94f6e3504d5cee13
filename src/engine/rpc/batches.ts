/** Adaptive JSON-RPC batching. A batch that is too large for the node is split, and the smaller size is remembered. */
import { required } from '../../primitives/errors.ts';
import { isTransient, NodeError } from './errors.ts';
import type { RpcAnswer, RpcRequest } from './http-exchange.ts';
import type { Send } from './retry.ts';

/** After a split the size grows again slowly: one heavy batch says little about the next. */
const growth = 1.25;

/** Accepts any number of requests and sends them in batches of at most `maximumSize`, several of them concurrently. */
export function createBatchingSend(send: Send, maximumSize: number): Send {
  let maximum = maximumSize;
  let size = maximumSize;

  const sendCutting: Send = async (requests, options) => {
    let answers: RpcAnswer[];
    try {
      answers = await send(requests, options);
    } catch (error) {
      if (!(error instanceof NodeError) || !isTooMuch(error)) throw error;
      if (requests.length === 1) {
        if (isTransient(error)) throw error;
        return [{ ok: false, error }];
      }
      const half = Math.ceil(requests.length / 2);
      size = Math.min(size, half);
      if (error.kind === 'batch-limit') maximum = Math.min(maximum, half);
      const front = await sendCutting(requests.slice(0, half), options);
      return [...front, ...(await sendCutting(requests.slice(half), options))];
    }
    return requests.length === 1 ? answers : sendCutOffAgain(requests, answers, options);
  };

  /**
   * geth fills a batch response up to its size limit and refuses the remaining requests one by one. Those requests are sent again in
   * smaller batches.
   */
  async function sendCutOffAgain(
    requests: readonly RpcRequest[],
    answers: readonly RpcAnswer[],
    options: Parameters<Send>[1],
  ): Promise<RpcAnswer[]> {
    const cutOff = requests.filter((_, index) => {
      const answer = answers[index];
      return answer !== undefined && !answer.ok && answer.error.kind === 'answer-too-big';
    });
    const again = new Map<RpcRequest, RpcAnswer>();
    for (const part of chunked(cutOff, Math.floor(requests.length / 2))) {
      const received = await sendCutting(part, options);
      for (const [index, request] of part.entries()) {
        again.set(request, required(received[index], 'the answer to a request'));
      }
    }
    return requests.map((request, index) => {
      return again.get(request) ?? required(answers[index], 'the answer to a request');
    });
  }

  return async (requests, options) => {
    const parts = chunked(requests, size);
    const answers = await Promise.all(parts.map((part) => sendCutting(part, options)));
    size = Math.min(maximum, Math.ceil(size * growth));
    return answers.flat();
  };
}

function isTooMuch(error: NodeError): boolean {
  return error.kind === 'answer-too-big' || error.kind === 'batch-limit' || error.kind === 'timed-out';
}

function chunked<T>(items: readonly T[], size: number): T[][] {
  const chunks: T[][] = [];
  for (let start = 0; start < items.length; start += size) chunks.push(items.slice(start, start + size));
  return chunks;
}
