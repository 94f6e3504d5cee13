/**
 * One node announces a head, and the daemon asks another node that has not reached it. The head is announced
 * only once.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { fixtureContracts } from '../../../support/daemon.ts';
import { followChain } from '../../../support/followed-chain.ts';

const chain = followChain();
const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
});

interface Question {
  readonly method: string;
  readonly params: readonly unknown[];
}

/**
 * A proxy in front of the devnet. It answers the second request for the newest block after `from` with the
 * block `from`.
 */
async function startLaggingNode(from: number): Promise<string> {
  let asked = 0;
  const lagging = async (question: Question): Promise<Question> => {
    if (question.method !== 'eth_getBlockByNumber' || question.params[0] !== 'latest') return question;
    if ((await chain.head()) <= from) return question;
    asked += 1;
    return asked === 2
      ? { ...question, params: [`0x${from.toString(16)}`, ...question.params.slice(1)] }
      : question;
  };
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Question | Question[];
      const asking = Array.isArray(body) ? await Promise.all(body.map(lagging)) : await lagging(body);
      const answer = await fetch(chain.rpcUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(asking),
      });
      response.setHeader('content-type', 'application/json').end(await answer.text());
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('a head that the asked node doesn’t have yet is asked for again', async () => {
  const from = await chain.mine(1);
  const rpcUrl = await startLaggingNode(from);
  const daemon = chain.start({ rpcUrl, contracts: fixtureContracts(chain.addresses) });
  await daemon.projected(from);
  const head = await chain.register('B-1');
  await daemon.projected(head);
  expect(await chain.query('select batch_number from products')).toEqual([{ batch_number: 'B-1' }]);
});
