/** The main function of an audit process. */
import { once } from 'node:events';
import { isNodeFault } from '../../rpc/errors.ts';
import { createNode } from '../../rpc/node.ts';
import { createPool } from '../../../db/client.ts';
import type { PlacedObservation } from '../../ledger/observations.ts';
import { TraceChainError } from '../../../primitives/errors.ts';
import { failureOf } from '../../leader/commands/command.ts';
import type { AuditAnswer, AuditDone, AuditFailed, AuditTask } from '../audit-process.ts';
import { runAudit } from '../run.ts';
import type { AuditSubject } from '../context.ts';

/**
 * Receives one task through the process's channel, audits, and sends the result. The process ends afterwards, or immediately if its parent
 * ends.
 */
export async function answerAudit(subject: AuditSubject): Promise<void> {
  process.once('disconnect', () => process.exit());
  const [task] = (await once(process, 'message')) as [AuditTask];
  const answer: AuditAnswer = await audit(task, subject).catch((error: unknown): AuditFailed => {
    // The stack trace is not part of the response, and is the only trace of a bug.
    if (error instanceof Error && !(error instanceof TraceChainError))
      process.stderr.write(`${error.stack}\n`);
    return { failure: failureOf(error), isNodeFault: isNodeFault(error) };
  });
  process.send?.(answer, () => process.disconnect());
}

async function audit(task: AuditTask, subject: AuditSubject): Promise<AuditDone> {
  const { chainId, isFull, multicall3, maximumReadBytes, requestTimeoutMs } = task;
  const pool = createPool({
    connectionString: task.databaseUrl,
    applicationName: task.sessionName,
    maximumConnections: 2,
    // A broken connection also fails the current statement, which reports it.
    onConnectionError: () => undefined,
  });
  const [first, ...others] = task.rpcUrls;
  const nodeAt = (url: string) => createNode({ url, timeoutMs: requestTimeoutMs });
  let observations: readonly PlacedObservation[] = [];
  let runId: number | null = null;
  const onObserved = (observed: readonly PlacedObservation[], recordedAs: number | null): void => {
    [observations, runId] = [observed, recordedAs];
  };
  try {
    const result = await runAudit({
      subject,
      pool,
      nodes: [nodeAt(first), ...others.map(nodeAt)],
      chainId,
      at: null,
      areas: null,
      isFull,
      sample: null,
      isRecorded: true,
      startedBy: 'schedule',
      multicall3,
      maximumReadBytes,
      now: () => new Date(),
      ...(task.observes ? { onObserved } : {}),
    });
    return { result, runId, observations };
  } finally {
    await pool.end();
  }
}
