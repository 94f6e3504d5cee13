/** The command line: reads the arguments, runs the command, and converts its result or error to an exit code. */
import { reportError } from './errors.ts';
import { endOnLostOutput, ignoreLostLogs } from './output.ts';
import { createProgram } from './program.ts';

/** Runs `tracechain` with these arguments (without the program's own name); sets the process's exit code. */
export async function main(args: readonly string[]): Promise<void> {
  endOnLostOutput();
  ignoreLostLogs();
  await runProgram(args);
}

/** The same without global side effects, so that it can run several times in one process. */
export async function runProgram(args: readonly string[]): Promise<void> {
  try {
    const program = await createProgram(args);
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    process.exitCode = reportError(error, args.includes('--json'));
  }
}
