/**
 * The data folder of a local system: its process, its addresses, and the folders of its parts.
 */
import { randomUUID } from 'node:crypto';
import { access, chmod, constants, rm } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { z } from 'zod';
import { CannotRunError } from '../../primitives/errors.ts';
import { removeAnvilState } from '../anvil.ts';
import { makeFolders } from './files.ts';
import {
  describeOurselves,
  readLiveHolder,
  releaseLockFile,
  rewriteLockFile,
  takeLockFile,
} from './lock-file.ts';
import type { LockHolder } from './lock-file.ts';
import { removePostgresData } from '../postgres/postgres.ts';

/** The paths of a local system's parts in its data folder. */
export interface DataFolder {
  readonly folder: string;
  /** The lock, and the addresses of the running system. Holds the database's password: mode 0600. */
  readonly systemFile: string;
  /** The requested folder of the database's data; see `PostgresServer.dataFolder`. */
  readonly postgresFolder: string;
  readonly devnetFolder: string;
  readonly devnetStateFile: string;
}

/** The data folder: `.tracechain` in the checkout, unless `TRACECHAIN_DATA` names another. Creates nothing. */
export function locateDataFolder(environment: Readonly<Record<string, string | undefined>>): DataFolder {
  const configured = environment['TRACECHAIN_DATA'];
  const checkout = fileURLToPath(new URL('../../..', import.meta.url));
  const isConfigured = configured !== undefined && configured !== '';
  return dataFolderAt(isConfigured ? configured : join(checkout, '.tracechain'));
}

export function dataFolderAt(path: string): DataFolder {
  const folder = resolve(path);
  return {
    folder,
    systemFile: join(folder, 'system.json'),
    postgresFolder: join(folder, 'postgres'),
    devnetFolder: join(folder, 'devnet'),
    devnetStateFile: join(folder, 'devnet', 'state.json'),
  };
}

const addressesSchema = z.object({
  databaseUrl: z.string().optional(),
  rpcUrl: z.string().optional(),
  webSocketUrl: z.string().optional(),
  chainId: z.int().optional(),
  /** The actual folder of the database's data. */
  postgresDataFolder: z.string().optional(),
  /** The indexed contracts, in the writer's format. */
  contracts: z.json().optional(),
});
const systemSchema = addressesSchema.extend({
  pid: z.int(),
  host: z.string(),
  kind: z.enum(['start', 'demo']),
  startedAt: z.iso.datetime(),
});

/** The addresses by which other commands reach a running local system; absent until known. */
export type SystemAddresses = Readonly<z.infer<typeof addressesSchema>>;
/** A running local system. */
export type RunningSystem = Readonly<z.infer<typeof systemSchema>>;

export interface FolderLock {
  /** Publishes addresses for other commands; later calls add to earlier ones. */
  publish(addresses: SystemAddresses): Promise<void>;
  release(): Promise<void>;
}

/**
 * Creates the data folder and locks it for this process; takes over the lock of a process that has ended. Throws a CannotRunError that
 * names the process that holds the lock, and its addresses.
 */
export async function acquireDataFolder(
  { folder, systemFile }: DataFolder,
  system: { readonly kind: 'start' | 'demo'; readonly startedAt: Date },
): Promise<FolderLock> {
  await makeFolder(folder);
  const id = randomUUID();
  let content: LockHolder = {
    ...(await describeOurselves(id)),
    kind: system.kind,
    startedAt: system.startedAt.toISOString(),
  };
  const holder = await takeLockFile(systemFile, content);
  if (holder !== undefined) throw alreadyRunning(systemFile, holder);
  return {
    async publish(addresses) {
      content = { ...content, ...addresses };
      await rewriteLockFile(systemFile, content);
    },
    release: () => releaseLockFile(systemFile, id),
  };
}

async function makeFolder(folder: string): Promise<void> {
  try {
    const firstMade = await makeFolders(folder);
    // PostgreSQL may run as another user, which needs to pass through the folder, whatever the umask; secret files have their own mode.
    // The mode of an existing folder is not changed: it may be a home folder, or /tmp.
    if (firstMade !== undefined) await chmod(folder, 0o711);
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new CannotRunError(
      `The data folder ${folder} can't be created or used by user ${userInfo().username}.`,
      {
        code: 'local/foreign-data',
        fix: 'Start as the owner of the folder, or name another folder with --data or TRACECHAIN_DATA.',
        cause: error,
      },
    );
  }
}

/** Returns the local system that runs in this folder, if there is one. */
export async function readRunningSystem({ systemFile }: DataFolder): Promise<RunningSystem | undefined> {
  const holder = await readLiveHolder(systemFile);
  if (holder === undefined) return undefined;
  const system = systemSchema.safeParse(holder);
  if (system.success) return system.data;
  throw new CannotRunError(
    `${systemFile} was written by another version of this program, which runs as process ${holder.pid}.`,
    {
      code: 'local/unknown-system-file',
      fix: 'Stop that process, or use the version that it runs.',
      cause: system.error,
    },
  );
}

/** Removes the database and the devnet's state, wherever they are. The caller holds the folder's lock. */
export async function freshStart(data: DataFolder, logger: Logger): Promise<void> {
  await removeAnvilState(data.devnetStateFile, logger);
  await rm(data.devnetFolder, { recursive: true, force: true });
  await removePostgresData(data.postgresFolder, logger);
}

function alreadyRunning(systemFile: string, holder: LockHolder): CannotRunError {
  const system = systemSchema.safeParse(holder).data;
  const since = system === undefined ? '' : ` (tracechain ${system.kind}, since ${system.startedAt})`;
  const addresses = [
    ...(system?.databaseUrl === undefined ? [] : [`database ${withoutCredentials(system.databaseUrl)}`]),
    ...(system?.rpcUrl === undefined ? [] : [`node ${system.rpcUrl}`]),
  ];
  const reach = addresses.length === 0 ? 'it is still starting' : addresses.join(', ');
  return new CannotRunError(
    `A local system already runs here: process ${holder.pid} on ${holder.host}${since}; ${reach}.`,
    {
      code: 'local/already-running',
      fix:
        'Use that one, stop it first, or name another folder with TRACECHAIN_DATA. ' +
        `If that process no longer runs, delete ${systemFile}.`,
    },
  );
}

function withoutCredentials(url: string): string {
  const parsed = new URL(url);
  parsed.username = '';
  parsed.password = '';
  return parsed.href;
}
