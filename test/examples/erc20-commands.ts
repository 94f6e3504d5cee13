/**
 * Runs engine commands with the tables and projections of examples/erc20. A process of its own, because tests register TraceChain. Prints
 * JSON. Usage: node erc20-commands.ts replay|audit|explain HOLDER|verify, with RPC_URL and DATABASE_URL in the environment.
 */
import { erc20 } from '../../examples/erc20/erc20.ts';
import {
  ContractSet,
  createNode,
  createNodePool,
  createPool,
  defaultSettings,
  explainedTable,
  explainRow,
  type Explanation,
  findRows,
  listContracts,
  pino,
  replayCommand,
  required,
  runAudit,
  runCommand,
  withClient,
  withTransaction,
} from '../../src/engine/index.ts';
import { verifyChainTables } from '../../src/operations/verify-chain-tables.ts';

const [command = '', holder = ''] = process.argv.slice(2);
const { RPC_URL: rpcUrl = '', DATABASE_URL: databaseUrl = '' } = process.env;
const { chain, ingest } = defaultSettings(databaseUrl, [rpcUrl], []);
const chainId = 31337;
const node = createNode({ url: rpcUrl, timeoutMs: chain.requestTimeoutMs });
const pool = createPool({
  connectionString: databaseUrl,
  applicationName: 'erc20 commands',
  onConnectionError: () => undefined,
});

const commands: Readonly<Record<string, () => Promise<unknown>>> = {
  async replay() {
    const input = { from: null, only: null, stale: false, dryRun: false };
    return await runCommand(replayCommand(erc20.projections), input, {
      databaseUrl,
      chainId,
      nodes: () =>
        createNodePool({ nodes: [node], now: () => performance.now(), onFailover: () => undefined }),
      logger: pino({ level: 'silent' }),
      signal: AbortSignal.timeout(60_000),
      onProgress: () => undefined,
    });
  },
  async audit() {
    return await runAudit({
      subject: erc20,
      pool,
      nodes: [node],
      chainId,
      at: null,
      areas: null,
      isFull: true,
      sample: null,
      isRecorded: false,
      startedBy: 'command',
      multicall3: chain.multicall3,
      maximumReadBytes: ingest.maximumReadBytes,
      now: () => new Date(),
    });
  },
  async verify() {
    return await withClient(pool, verifyChainTables);
  },
  async explain() {
    return await withTransaction(
      pool,
      async (client): Promise<Explanation> => {
        await client.query(`set local timezone = 'UTC'`);
        const table = explainedTable('erc20_balances');
        const [row] = await findRows(client, table, holder, chainId);
        const contracts = new ContractSet(await listContracts(client, chainId));
        const context = { client, chainId, contracts, projections: erc20.projections };
        return await explainRow(context, table, required(row, `a balance of ${holder}`).id, 30);
      },
      { isolation: 'repeatable read', isReadOnly: true },
    );
  },
};

const result = await required(commands[command], `a command named ${command}`)();
const asText = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);
process.stdout.write(JSON.stringify(result, asText));
await pool.end();
