/** What the daemon's audits run in: this program again, with a command of its own. */
import { fileURLToPath } from 'node:url';

export const auditProcessName = 'audit-process';

export const auditProgram = {
  file: fileURLToPath(new URL('./bin.js', import.meta.url)),
  args: [auditProcessName],
  /** As the program's first line has it. */
  nodeArguments: ['--max-semi-space-size=8'],
} as const;
