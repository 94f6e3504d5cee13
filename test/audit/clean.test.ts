import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AuditedChain, startAuditedChain } from './audited-chain.ts';

let chain: AuditedChain;

beforeAll(async () => {
  chain = await startAuditedChain(23, 500);
}, 120_000);

afterAll(async () => await chain.close());

test('a clean database has no findings', async () => {
  const result = await chain.audit();
  console.log({ ...result, findings: result.findings.length });
  expect(result.findings.slice(0, 30)).toEqual([]);
}, 60_000);
