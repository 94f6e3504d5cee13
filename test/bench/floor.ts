/**
 * The floor: the duration of the simplest program that fetches the same logs and contract reads, parses them,
 * and copies the same final rows into the same tables, sequentially. It neither decodes nor verifies, and
 * stores no progress.
 *
 * Standalone: node test/bench/floor.ts RPC_URL FINISHED_DATABASE_URL EMPTY_DATABASE_URL; the last database
 * must be migrated.
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { buffer } from 'node:stream/consumers';
import { Client } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';

const blocksAtOnce = 200;
const readsAtOnce = 100;

/** Returns the total seconds, without the reading of rows from the finished database. */
export async function measureFloor(rpcUrl: string, finishedUrl: string, emptyUrl: string): Promise<number> {
  const [finished, empty] = [new Client(finishedUrl), new Client(emptyUrl)];
  await Promise.all([finished.connect(), empty.connect()]);
  const tables = await readTables(finished);
  const { rows } = await finished.query<{ address: string[]; head: number; chain_id: string }>(
    `select array_agg(distinct '0x' || encode(address, 'hex')) as address, max(block_number)::float8 as head,
            min(chain_id) as chain_id from ledger.logs`,
  );
  const [chain] = rows;
  if (chain === undefined) throw new Error('the finished database has no logs');
  await empty.query('select ledger.ensure_partitions($1, $2, 0)', [chain.chain_id, chain.head]);

  const reads = await listReads(finished);

  const startedAt = performance.now();
  for (let from = 0; from <= chain.head; from += blocksAtOnce)
    await fetchLogs(rpcUrl, chain.address, from, Math.min(chain.head, from + blocksAtOnce - 1));
  for (let from = 0; from < reads.length; from += readsAtOnce)
    await ask(rpcUrl, reads.slice(from, from + readsAtOnce));
  for (const { copyIn, rows: copied } of tables)
    await pipeline(Readable.from([copied]), empty.query(copyFrom(copyIn)));
  const seconds = (performance.now() - startedAt) / 1000;

  await Promise.all([finished.end(), empty.end()]);
  return seconds;
}

async function fetchLogs(url: string, address: string[], from: number, to: number): Promise<unknown> {
  const range = { fromBlock: `0x${from.toString(16)}`, toBlock: `0x${to.toString(16)}` };
  return await ask(url, [{ jsonrpc: '2.0', id: 1, method: 'eth_getLogs', params: [{ ...range, address }] }]);
}

async function ask(url: string, batch: readonly object[]): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  return (await fetch(url, { method: 'POST', headers, body: JSON.stringify(batch) })).json();
}

/** The requests that repeat the contract reads of the logs, one call per request. */
async function listReads(finished: Client): Promise<object[]> {
  const { rows } = await finished.query<{ hash: string; target: string; request: string }>(
    `select '0x' || encode(block_hash, 'hex') as hash, '0x' || encode(target, 'hex') as target,
            '0x' || encode(request, 'hex') as request from ledger.reads where kind = 0 order by block_number`,
  );
  return rows.map(({ hash, target, request }, id) => {
    const params = [{ to: target, data: request }, { blockHash: hash }];
    return { jsonrpc: '2.0', id, method: 'eth_call', params };
  });
}

/** All rows of the ledger, the projection and the journal, parents before children. */
async function readTables(finished: Client): Promise<{ copyIn: string; rows: Buffer }[]> {
  const { rows: tables } = await finished.query<{ name: string; columns: string }>(
    `select format('%I.%I', table_schema, table_name) as name, string_agg(quote_ident(column_name), ', ') as columns
     from information_schema.columns join information_schema.tables using (table_schema, table_name)
     where (table_schema, table_name) in (
       ('ledger', 'blocks'), ('ledger', 'logs'), ('ledger', 'reads'), ('ledger', 'journal'),
       ('public', 'users'), ('public', 'trace_token_transactions'), ('public', 'token_balances'),
       ('public', 'products'), ('public', 'product_stakeholders'), ('public', 'checkpoints'), ('public', 'traceability_chain'))
       and is_generated = 'NEVER' and is_identity = 'NO'
     group by table_schema, table_name
     order by array_position(array['blocks', 'logs', 'reads', 'users', 'products', 'checkpoints'], table_name::text)`,
  );
  const filled: { copyIn: string; rows: Buffer }[] = [];
  for (const { name, columns } of tables) {
    const rows = await buffer(finished.query(copyTo(`copy (select ${columns} from ${name}) to stdout`)));
    filled.push({ copyIn: `copy ${name} (${columns}) from stdin`, rows });
  }
  return filled;
}

const [, script, ...urls] = process.argv;
if (import.meta.filename === script) {
  const [rpcUrl = '', finishedUrl = '', emptyUrl = ''] = urls;
  process.stdout.write(`${(await measureFloor(rpcUrl, finishedUrl, emptyUrl)).toFixed(2)} s\n`);
}
