/** Audits whose process fails to start. `scheduled-audits` tests running ones. */
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

test('an audit process that cannot start is reported as such an error', async () => {
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

test('the error of an audit process arrives unchanged', async () => {
  await expect(auditInProcess(auditProgram, task, never)).rejects.toMatchObject({
    code: 'database/unreachable',
    message: expect.stringContaining('127.0.0.1:1'),
  });
});
