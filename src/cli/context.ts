/** The context of every command: global options, configuration, data folder, logger. */
import type { Command } from 'commander';
import type { Logger } from 'pino';
import { loadConfiguration } from '../config/index.ts';
import type { Configuration } from '../config/index.ts';
import { dataFolderAt, locateDataFolder } from '../devnet/data-folder/folder.ts';
import type { DataFolder } from '../devnet/data-folder/folder.ts';
import { createLogger } from './logger.ts';

/** The options that may precede or follow every command. */
interface GlobalOptions {
  readonly config?: string;
  readonly data?: string;
}

export interface CommandContext {
  readonly configuration: Configuration;
  readonly dataFolder: DataFolder;
  readonly logger: Logger;
}

/** Reads the configuration that the command's options name, and logs warnings about it. Throws a ConfigurationError. */
export async function openContext(command: Command): Promise<CommandContext> {
  const options = command.optsWithGlobals<GlobalOptions>();
  const folder = process.cwd();
  const configuration = await loadConfiguration({ named: options.config, environment: process.env, folder });
  const { chain, database, maintenance, log } = configuration;
  const logger = createLogger(log, {
    databaseUrls: [database.url, maintenance.restoredUrl].filter((url) => url !== null),
    nodeUrls: [...chain.rpcUrls, ...chain.webSocketUrls],
  });
  for (const warning of configuration.warnings) logger.warn({ warning }, 'doubtful configuration');
  return { configuration, dataFolder: findDataFolder(command), logger };
}

/** `--data` overrides TRACECHAIN_DATA. */
function findDataFolder(command: Command): DataFolder {
  const { data } = command.optsWithGlobals<GlobalOptions>();
  return data === undefined ? locateDataFolder(process.env) : dataFolderAt(data);
}
