import type { ChainSettings, ConfiguredContract } from '../engine/settings.ts';

/** What the local system puts in the place of what isn't configured. */
export interface LocalParts {
  readonly databaseUrl: string;
  readonly chain?: Partial<ChainSettings>;
  readonly contracts?: readonly ConfiguredContract[];
}
