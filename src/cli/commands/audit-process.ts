import { writeFile } from 'node:fs/promises';
import { constants, getPriority, setPriority } from 'node:os';
import { Command } from 'commander';
import { CannotRunError } from '../../primitives/errors.ts';
import { auditProcessName } from '../audit-program.ts';
import { limitHeapGrowth } from '../heap.ts';

/** One audit for the daemon that has started this process, which says what is audited and is given the result. */
export function auditProcessCommand(): Command {
  return new Command(auditProcessName)
    .description('one scheduled audit; only the daemon starts this command')
    .action(async () => {
      if (process.send === undefined) {
        throw new CannotRunError('Only the daemon may start this command.', {
          code: 'cli/inner-command',
          fix: 'To audit, run npx tracechain audit.',
        });
      }
      limitHeapGrowth();
      // New blocks go first. Who has been given less himself may not take more.
      setPriority(Math.max(getPriority(), constants.priority.PRIORITY_BELOW_NORMAL));
      await raiseOomScore();
      const [{ answerAudit }, { tracechain }] = await Promise.all([
        import('../../engine/audit/findings/answer-audit.ts'),
        import('../../tracechain/audits.ts'),
      ]);
      await answerAudit(tracechain);
    });
}

/** Where memory runs out, this process is the one to do without; other systems than Linux have no such file. */
async function raiseOomScore(): Promise<void> {
  await writeFile('/proc/self/oom_score_adj', '500').catch(() => undefined);
}
