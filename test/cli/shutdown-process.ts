/** A process for the shutdown's tests: works for some time after the first signal, then ends by itself. */
import { setTimeout as delay } from 'node:timers/promises';
import { listenForShutdown } from '../../src/cli/shutdown.ts';

const [workMs = '0', patienceMs = '10000'] = process.argv.slice(2);
using shutdown = listenForShutdown({
  announce: (signal) => process.stdout.write(`announced ${signal}\n`),
  patienceMs: Number(patienceMs),
});
shutdown.onHardExit(() => process.stdout.write('left at once\n'));
const alive = setInterval(() => undefined, 1000);
process.stdout.write('ready\n');
await new Promise((resolve) => shutdown.signal.addEventListener('abort', resolve));
await delay(Number(workMs));
clearInterval(alive);
process.stdout.write('finished\n');
