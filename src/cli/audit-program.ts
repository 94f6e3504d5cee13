/** The program that the daemon's audits run in: this one, with an internal command. */
import { fileURLToPath } from 'node:url';

export const auditProcessName = 'audit-process';

export const auditProgram = {
  file: fileURLToPath(new URL('./bin.js', import.meta.url)),
  args: [auditProcessName],
  /** The same flag as in the program's first line. */
  nodeArguments: ['--max-semi-space-size=8'],
} as const;
