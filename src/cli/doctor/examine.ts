import { CannotRunError } from '../../primitives/errors.ts';
import type { CommandContext } from '../context.ts';
import { findDatabase } from '../database.ts';
import { fail, ok } from './check.ts';
import type { Finding } from './check.ts';
import { checkConfiguration, checkVersions } from './configuration.ts';
import { checkDatabase } from './database.ts';
import type { DatabaseReport } from './database.ts';
import { checkNodes } from './node.ts';

/** Looks at everything that the daemon would rest on; what fails is a finding, and the rest is looked at all the same. */
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

/** Without DATABASE_URL there is nothing to look at but a local system that runs, and none has to. */
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
