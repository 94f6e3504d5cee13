import { pino } from 'pino';
import { startAnvil } from '../../src/devnet/anvil.ts';
import type { AnvilOptions, AnvilServer } from '../../src/devnet/anvil.ts';

/** A chain of its own on a free port, gone when it is stopped; a block for every transaction unless told otherwise. */
export function startTestAnvil(options: Partial<AnvilOptions> = {}): Promise<AnvilServer> {
  return startAnvil({ chainId: 31337, logger: pino({ level: 'warn' }), ...options });
}
