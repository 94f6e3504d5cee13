/** The daemon in a process of its own, which a test can kill; its settings come as JSON in the first argument. */
import { pino } from 'pino';
import { allProjections } from '../../../src/tracechain/projections.ts';
import { runDaemon } from '../../../src/engine/daemon/daemon.ts';
import type { DaemonSettings } from '../../../src/engine/settings.ts';

const [, , settings = ''] = process.argv;
await runDaemon({
  projections: allProjections,
  settings: JSON.parse(settings) as DaemonSettings,
  logger: pino({ level: 'silent' }),
  signal: new AbortController().signal,
});
