/** A process for the event loop guard's test: breathes for a while, then never again if it is told so. */
import { setTimeout as delay } from 'node:timers/promises';
import { guardEventLoop } from '../../../../src/engine/daemon/supervision/event-loop-guard.ts';

const [spins = ''] = process.argv.slice(2);
using _guard = guardEventLoop({ looks: 5, intervalMs: 50 });
process.stdout.write('ready\n');
await delay(600);
if (spins === 'spins') for (;;);
