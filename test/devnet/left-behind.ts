/**
 * Starts a PostgreSQL and an anvil in the folder given, prints their process ids, and waits to be killed.
 */
import { pino } from 'pino';
import { startAnvil } from '../../src/devnet/anvil.ts';
import { acquireDataFolder, dataFolderAt } from '../../src/devnet/data-folder/folder.ts';
import { startPostgres } from '../../src/devnet/postgres/postgres.ts';

const data = dataFolderAt(process.argv[2] ?? '');
const logger = pino({ level: 'silent' });
const lock = await acquireDataFolder(data, { kind: 'start', startedAt: new Date() });
const [postgres, anvil] = await Promise.all([
  startPostgres({ dataFolder: data.postgresFolder, logger, settings: { fsync: 'off' } }),
  startAnvil({ stateFile: data.devnetStateFile, chainId: 31337, logger }),
]);
const databaseUrl = postgres.connectionString('postgres');
await lock.publish({ databaseUrl, rpcUrl: anvil.rpcUrl });
const report = { postgres: postgres.pid, anvil: anvil.pid, databaseUrl, rpcUrl: anvil.rpcUrl };
process.stdout.write(`${JSON.stringify(report)}\n`);
setInterval(() => undefined, 60_000);
