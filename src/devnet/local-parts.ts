import type { ChainSettings, ConfiguredContract } from '../engine/settings.ts';

/** The parts that the local system supplies if they are not configured. */
export interface LocalParts {
  readonly databaseUrl: string;
  readonly chain?: Partial<ChainSettings>;
  readonly contracts?: readonly ConfiguredContract[];
}
