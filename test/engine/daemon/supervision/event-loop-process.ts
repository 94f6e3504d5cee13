/**
 * A process for the test of the event loop guard: yields for a while, then blocks forever if its argument
 * says so.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { guardEventLoop } from '../../../../src/engine/daemon/supervision/event-loop-guard.ts';

const [spins = ''] = process.argv.slice(2);
using _guard = guardEventLoop({ looks: 5, intervalMs: 50 });
process.stdout.write('ready\n');
await delay(600);
if (spins === 'spins') for (;;);
