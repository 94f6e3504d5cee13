import { CannotRunError } from '../../primitives/errors.ts';
import type { CommandContext } from '../context.ts';
import { findDatabase } from '../database.ts';
import { fail, ok } from './check.ts';
import type { Finding } from './check.ts';
import { checkConfiguration, checkVersions } from './configuration.ts';
import { checkDatabase } from './database.ts';
import type { DatabaseReport } from './database.ts';
import { checkNodes } from './node.ts';

/** Checks everything that the daemon needs. A failure is a finding, and the other checks still run. */
export async function examine(context: CommandContext): Promise<Finding[]> {
  const { configuration } = context;
  const database = await examineDatabase(context);
  const nodes =
    configuration.chain.rpcUrls.length === 0
      ? [ok('node', 'node', 'none is configured: the local system runs its own')]
      : await checkNodes(configuration, database.chains);
  return [
    ...checkConfiguration(configuration),
    ...checkVersions(process.versions.node),
    ...nodes,
    ...database.findings,
  ];
}

/** Without DATABASE_URL, only a running local system has a database to check, and none has to run. */
async function examineDatabase(context: CommandContext): Promise<DatabaseReport> {
  try {
    return await checkDatabase(await findDatabase(context), context.configuration.database.poolSize);
  } catch (error) {
    if (!(error instanceof CannotRunError)) throw error;
    const isMissing = error.code === 'cli/no-database';
    const finding = isMissing
      ? ok('database', 'database', 'none is configured: start runs an embedded PostgreSQL')
      : fail('database', 'database', error.message, error.fix ?? 'See the message.');
    return { findings: [finding], chains: [] };
  }
}
