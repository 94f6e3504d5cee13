import type { PoolClient } from 'pg';
import { connect } from '../../db/client.ts';
import { pendingMigrations } from '../../db/migrate.ts';
import { haltedFix, readChain } from '../../engine/ledger/chains.ts';
import { negativeBalances, negativeBalancesText } from '../../tracechain/token/negative-balances.ts';
import { listHaltedStreams } from '../../engine/ledger/halted-writes.ts';
import { TraceChainError } from '../../primitives/errors.ts';
import { supportedPostgresVersions } from '../../devnet/platform.ts';
import { openPool } from '../database.ts';
import type { FoundDatabase } from '../database.ts';
import { fail, ok, warn } from './check.ts';
import type { Finding } from './check.ts';

interface ServerRow {
  readonly version: string;
  readonly version_number: number;
  readonly encoding: string;
  readonly role: string;
  readonly may_create_schema: boolean;
  readonly may_create_in_public: boolean;
  readonly is_read_only: boolean;
  readonly has_ledger: boolean;
  readonly maximum_connections: number;
  readonly used_connections: number;
}

const serverQuery = `
  select current_setting('server_version') as version,
         current_setting('server_version_num')::int as version_number,
         current_setting('server_encoding') as encoding,
         current_user::text as role,
         has_database_privilege(current_database(), 'CREATE') as may_create_schema,
         has_schema_privilege('public', 'CREATE') as may_create_in_public,
         pg_is_in_recovery() or current_setting('default_transaction_read_only')::bool as is_read_only,
         to_regclass('ledger.chains') is not null as has_ledger,
         current_setting('max_connections')::int as maximum_connections,
         (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as used_connections`;

export interface DatabaseReport {
  readonly findings: readonly Finding[];
  /** The chains that the database follows, with their genesis; empty before the first start. */
  readonly chains: readonly { readonly chainId: number; readonly genesisHash: string }[];
}

/** Checks the server, the privileges and the schema; changes nothing. */
export async function checkDatabase(database: FoundDatabase, poolSize: number): Promise<DatabaseReport> {
  const pool = openPool(database.url, 'doctor');
  try {
    const client = await connect(pool);
    try {
      const server = await readServer(client);
      const chains = server?.has_ledger === true ? await readChains(client) : [];
      const findings = server === undefined ? [] : serverFindings(server, poolSize);
      return {
        chains,
        findings: [
          ok('database', 'reachable', database.name),
          ...findings,
          await checkMigrations(database.url),
          ...(await checkHalted(client, chains)),
          ...(await checkBalances(client, chains)),
        ],
      };
    } finally {
      client.release();
    }
  } catch (error) {
    return { findings: [unreachable(error)], chains: [] };
  } finally {
    await pool.end();
  }
}

async function readServer(client: PoolClient): Promise<ServerRow | undefined> {
  const { rows } = await client.query<ServerRow>(serverQuery);
  return rows[0];
}

async function readChains(client: PoolClient) {
  const { rows } = await client.query<{ chain_id: string; genesis: string }>(
    `select chain_id, '0x' || encode(genesis_hash, 'hex') as genesis from ledger.chains order by chain_id`,
  );
  return rows.map(({ chain_id, genesis }) => ({ chainId: Number(chain_id), genesisHash: genesis }));
}

function unreachable(error: unknown): Finding {
  if (!(error instanceof TraceChainError)) throw error;
  return fail('database', 'reachable', error.message, error.fix ?? 'Check DATABASE_URL.');
}

function serverFindings(server: ServerRow, poolSize: number): Finding[] {
  return [
    checkServerVersion(server),
    server.encoding === 'UTF8'
      ? ok('database', 'encoding', 'UTF8')
      : fail('database', 'encoding', server.encoding, 'Create the database with encoding UTF8.'),
    checkPrivileges(server),
    checkConnections(server, poolSize),
  ];
}

function checkServerVersion({ version, version_number }: ServerRow): Finding {
  const major = Math.floor(version_number / 10_000);
  const { newest, oldest } = supportedPostgresVersions;
  if (major >= oldest && major <= newest) return ok('database', 'version', `PostgreSQL ${version}`);
  return fail('database', 'version', `PostgreSQL ${version}`, `Use PostgreSQL ${oldest} to ${newest}.`);
}

function checkPrivileges(server: ServerRow): Finding {
  const { role } = server;
  if (server.is_read_only) {
    return fail(
      'database',
      'privileges',
      'the server or the role is read-only',
      'Use the primary, and a role that may write.',
    );
  }
  const missing = [
    ...(server.may_create_schema || server.has_ledger ? [] : ['CREATE on the database']),
    ...(server.may_create_in_public ? [] : ['CREATE on the schema public']),
  ];
  if (missing.length === 0) return ok('database', 'privileges', `${role} may create what the schema needs`);
  return fail(
    'database',
    'privileges',
    `${role} lacks ${missing.join(' and ')}`,
    `Grant it to ${role}, or use the database’s owner.`,
  );
}

/** Writing that is halted until a person decides. */
async function checkHalted(client: PoolClient, chains: DatabaseReport['chains']): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const { chainId } of chains) {
    const latch = (await readChain(client, chainId))?.latch ?? null;
    if (latch !== null)
      found.push(
        fail(
          'database',
          `chain ${chainId}`,
          `writing is halted since ${latch.latchedAt.toISOString()}: ${latch.reason}`,
          haltedFix,
        ),
      );
    for (const { stream, blockNumber, error } of await listHaltedStreams(client, chainId))
      found.push(
        fail(
          'database',
          `chain ${chainId}`,
          `the ${stream} is halted at block ${blockNumber} by a write error: ${error}`,
          'Remove the cause, then run npx tracechain resolve to retry.',
        ),
      );
  }
  return found;
}

async function checkBalances(client: PoolClient, chains: DatabaseReport['chains']): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const { chainId } of chains)
    for (const { contract, balances } of await negativeBalances(client, chainId))
      found.push(
        fail(
          'database',
          `balances of ${contract}`,
          negativeBalancesText(balances),
          'Correct startBlock or the address, and index again into an empty database.',
        ),
      );
  return found;
}

/** Connections that the queue and a standby need, in addition to the daemon's pool. */
const connectionsBeside = 15;

function checkConnections(server: ServerRow, poolSize: number): Finding {
  const free = server.maximum_connections - server.used_connections;
  const text = `${free} of ${server.maximum_connections} free`;
  if (free >= poolSize + connectionsBeside) return ok('database', 'connections', text);
  return warn(
    'database',
    'connections',
    `${text}, and the daemon may need ${poolSize + connectionsBeside}`,
    'Raise max_connections, or lower database.poolSize.',
  );
}

async function checkMigrations(url: string): Promise<Finding> {
  try {
    const pending = await pendingMigrations({ connectionString: url });
    if (pending.length === 0) return ok('database', 'schema', 'up to date');
    return warn(
      'database',
      'schema',
      `${pending.length} migrations pending`,
      'None needed if the daemon may migrate when it starts; otherwise run npx tracechain migrate.',
    );
  } catch (error) {
    if (!(error instanceof TraceChainError)) throw error;
    return fail('database', 'schema', error.message, error.fix ?? 'See the message.');
  }
}
