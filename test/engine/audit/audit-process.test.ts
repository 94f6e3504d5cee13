/** What becomes of an audit whose process can't be had; what it does when it runs is in `scheduled-audits`. */
import { expect, test } from 'vitest';
import { type AuditTask, auditInProcess } from '../../../src/engine/audit/audit-process.ts';
import { auditProgram } from '../../../src/cli/audit-program.ts';

const task: AuditTask = {
  databaseUrl: 'postgres://127.0.0.1:1/none',
  sessionName: 'tracechain test',
  rpcUrls: ['http://127.0.0.1:1'],
  requestTimeoutMs: 1_000,
  multicall3: null,
  maximumReadBytes: 1_000,
  chainId: 1,
  isFull: true,
  observes: false,
};
const never = new AbortController().signal;

test('one that can’t be started is an error that says so', async () => {
  const { execPath } = process;
  process.execPath = '/nowhere/node';
  try {
    await expect(auditInProcess(auditProgram, task, never)).rejects.toMatchObject({
      code: 'audit/process-not-started',
      cause: { code: 'ENOENT' },
    });
  } finally {
    process.execPath = execPath;
  }
});

test('what it fails of comes back as it was', async () => {
  await expect(auditInProcess(auditProgram, task, never)).rejects.toMatchObject({
    code: 'database/unreachable',
    message: expect.stringContaining('127.0.0.1:1'),
  });
});
