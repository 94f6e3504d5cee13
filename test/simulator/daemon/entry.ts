/** The real daemon in its own process, with traps and optionally one mutation. */
import { flushCompileCache } from 'node:module';
import { z } from 'zod';
import { resolveDrizzleQuickly } from '../../../src/cli/drizzle-resolution.ts';
import type { DaemonSettings } from '../../../src/engine/settings.ts';
import { applyMutation } from './mutation.ts';
import { Traps, trapSchema } from './traps.ts';

const given = z.object({
  settings: z.custom<DaemonSettings>(),
  markerFile: z.string(),
  mutation: z.string().nullable(),
  isTracing: z.boolean(),
});
const { settings, markerFile, mutation, isTracing } = given.parse(
  JSON.parse(process.env['SIMULATED_DAEMON'] ?? ''),
);
resolveDrizzleQuickly();
process.env['SIMULATED_DATABASE_URL'] = settings.database.url;
if (mutation !== null) applyMutation(mutation);
const traps = new Traps(markerFile, isTracing);
traps.lay();
const orderSchema = z.union([trapSchema, z.literal('disarm')]);
process.on('message', (message) => {
  const order = orderSchema.parse(message);
  if (order === 'disarm') traps.disarm();
  else traps.arm(order);
});
process.channel?.unref();

const stopping = new AbortController();
process.on('SIGTERM', () => stopping.abort());

// Imported only now, because a module must not be loaded before its mutation is installed.
const { pino } = await import('pino');
const { allProjections } = await import('../../../src/tracechain/projections.ts');
const { runDaemon } = await import('../../../src/engine/daemon/daemon.ts');
// Most of these processes are killed, and Node saves its compile cache only on a regular exit.
if (mutation === null) flushCompileCache();
const logger = pino({ level: 'debug' }, pino.destination({ fd: 1, sync: true }));
try {
  await runDaemon({
    settings,
    projections: allProjections,
    logger,
    signal: stopping.signal,
    onReady: () => process.send?.('ready'),
  });
} catch (error) {
  logger.fatal({ err: error }, 'the daemon failed');
  process.exitCode = 1;
}
