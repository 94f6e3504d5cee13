import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { getAddress } from 'viem';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configurationTemplate } from '../../src/config/template.ts';
import { checksummed } from '../../src/config/values.ts';
import {
  configurationKeys,
  daemonSettings,
  loadConfiguration,
  startProblems,
} from '../../src/config/index.ts';
import type { Configuration } from '../../src/config/index.ts';
import { CannotRunError } from '../../src/primitives/errors.ts';

const configModule = fileURLToPath(new URL('../../src/config/index.ts', import.meta.url));
const registry = '0x5FbDB2315678afecb367f032d93F642f64180aa3';
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tracechain-config-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

function load(environment: Readonly<Record<string, string>>, named?: string): Promise<Configuration> {
  return loadConfiguration({ named, environment, folder });
}

/** Writes a file with this text as its configuration, under a name of its own since modules are loaded once. */
async function written(name: string, object: string): Promise<string> {
  await writeFile(
    join(folder, name),
    `import { defineConfig } from ${JSON.stringify(configModule)};\nexport default defineConfig(${object});\n`,
  );
  return name;
}

async function refusal(environment: Readonly<Record<string, string>>, named?: string): Promise<string> {
  const error: unknown = await load(environment, named).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof CannotRunError)) throw new Error('it was not refused', { cause: error });
  return `${error.message} ${error.fix ?? ''}`;
}

const contract = { kind: 'ProductRegistry', address: registry, startBlock: 5 };
const contracts = JSON.stringify([contract]);

describe('the configuration determines what start runs', () => {
  const database = { DATABASE_URL: 'postgres://someone:secret@db.example/tracechain' };
  const node = { RPC_URL: 'http://127.0.0.1:8545', TRACECHAIN_CONTRACTS: contracts };

  test.each([
    ['nothing configured: the local system', {}, 'local'],
    ['a node: the embedded database', node, 'embedded-database'],
    ['both: production', { ...database, ...node }, 'production'],
  ])('%s', async (_, environment, mode) => {
    const configuration = await load(environment);
    expect(configuration.mode).toBe(mode);
    expect(startProblems(configuration)).toEqual([]);
  });

  test('a database alone starts nothing: the devnet never writes to a configured database', async () => {
    const configuration = await load(database);
    expect(configuration.mode).toBe('database-only');
    expect(startProblems(configuration)).toMatchObject([{ key: 'chain.rpcUrls' }]);
    expect(startProblems(configuration)[0]?.message).toContain('never writes to a configured database');
  });

  test('a configured node without contracts is refused, with the fix', async () => {
    const [problem] = startProblems(await load({ RPC_URL: node.RPC_URL }));
    expect(problem?.key).toBe('contracts');
    expect(problem?.fix).toContain('npx tracechain init');
  });

  test('contracts without a node are refused', async () => {
    expect(startProblems(await load({ TRACECHAIN_CONTRACTS: contracts }))).toMatchObject([
      { key: 'contracts' },
    ]);
  });
});

describe('configuration sources', () => {
  test('variables override the file, the file overrides defaults, and each value has its source', async () => {
    const file = await written(
      'sources.config.ts',
      `{ chain: { pollIntervalMs: 500, requestTimeoutMs: 900 }, contracts: [${JSON.stringify(contract)}] }`,
    );
    const { chain, contracts: loaded, effective } = await load({ TRACECHAIN_POLL_INTERVAL_MS: '700' }, file);
    expect(chain).toMatchObject({ pollIntervalMs: 700, requestTimeoutMs: 900, completeness: 'bloom' });
    expect(loaded).toEqual([{ ...contract, address: registry.toLowerCase() }]);
    const sources = Object.fromEntries(effective.map(({ key, source }) => [key, source]));
    expect(sources).toMatchObject({
      'chain.pollIntervalMs': 'TRACECHAIN_POLL_INTERVAL_MS',
      'chain.requestTimeoutMs': file,
      'chain.completeness': 'default',
      contracts: file,
    });
  });

  test('every key has a distinct variable', () => {
    const variables = Object.values(configurationKeys).map(({ variable }) => variable);
    expect(new Set(variables).size).toBe(variables.length);
  });

  test('the file is that of --config, otherwise of TRACECHAIN_CONFIG, otherwise the default file', async () => {
    const one = await written('one.config.ts', '{ database: { poolSize: 3 } }');
    const other = await written('other.config.ts', '{ database: { poolSize: 4 } }');
    await written('tracechain.config.ts', '{ database: { poolSize: 5 } }');
    expect((await load({ TRACECHAIN_CONFIG: one })).database.poolSize).toBe(3);
    expect((await load({ TRACECHAIN_CONFIG: one }, other)).database.poolSize).toBe(4);
    expect((await load({})).database.poolSize).toBe(5);
    await rm(join(folder, 'tracechain.config.ts'));
  });

  test('a named file must exist, run, and have a default export', async () => {
    await writeFile(join(folder, 'broken.config.ts'), 'export default {{;');
    await writeFile(join(folder, 'empty.config.ts'), 'export const config = {};');
    expect(await refusal({}, 'nowhere.config.ts')).toMatch(
      /nowhere\.config\.ts, which --config names, does not exist/,
    );
    expect(await refusal({}, 'broken.config.ts')).toMatch(/broken\.config\.ts fails to run/);
    expect(await refusal({}, 'empty.config.ts')).toMatch(/no default export/);
  });

  test('the template is a valid configuration that changes no default', async () => {
    await writeFile(join(folder, 'template.config.ts'), configurationTemplate(configModule));
    const { effective: fromTemplate } = await load({}, 'template.config.ts');
    const { effective: fromNothing } = await load({});
    expect(fromTemplate.map(({ key, value }) => [key, value])).toEqual(
      fromNothing.map(({ key, value }) => [key, value]),
    );
  });

  test('an empty variable counts as unset, and commas separate lists', async () => {
    const { chain } = await load({ RPC_URL: 'http://a:1, https://b/key ,', WS_URL: '' });
    expect(chain.rpcUrls).toEqual(['http://a:1', 'https://b/key']);
    expect(chain.webSocketUrls).toEqual([]);
  });

  test.each([
    ['finalized', { kind: 'tag' }],
    ['12', { kind: 'depth', blocks: 12 }],
  ])('finality %s', async (text, finality) => {
    expect((await load({ TRACECHAIN_FINALITY: text })).chain.finality).toEqual(finality);
  });

  test('Multicall3 can be turned off', async () => {
    expect((await load({ TRACECHAIN_MULTICALL3: 'false' })).chain.multicall3).toBeNull();
  });
});

describe('invalid configurations', () => {
  test('are refused with every wrong key, its value, source and fix', async () => {
    const file = await written(
      'wrong.config.ts',
      `{ chain: { pollInterval: 5, completeness: 'blooom' }, log: { level: 3 }, rpcUrls: [] } as never`,
    );
    const text = await refusal({ TRACECHAIN_POLL_INTERVAL_MS: 'fast', RPC_URL: 'ftp://x' }, file);
    expect(text).toContain('for 6 reasons');
    expect(text).toContain(
      'chain.pollIntervalMs is "fast" (from TRACECHAIN_POLL_INTERVAL_MS): it must be a whole number',
    );
    expect(text).toContain(
      'chain.pollInterval (from wrong.config.ts): is not a key of the configuration. Did you mean pollIntervalMs?',
    );
    expect(text).toContain('chain.completeness is "blooom" (from wrong.config.ts): it must be one of');
    expect(text).toContain('log.level is 3');
    expect(text).toMatch(/rpcUrls \(from wrong\.config\.ts\): is not a key .*Did you mean chain\.rpcUrls\?/);
    expect(text).toContain('chain.rpcUrls[0] is "ftp://x"');
  });

  test.each([
    [
      'an unknown kind',
      { ...contract, kind: 'ProductRegister' },
      /contracts\[0\]\.kind.*Did you mean ProductRegistry\?/s,
    ],
    ['a negative block', { ...contract, startBlock: -1 }, /contracts\[0\]\.startBlock is -1/],
    ['half a block', { ...contract, startBlock: 0.5 }, /contracts\[0\]\.startBlock is 0.5/],
    ['no block', { kind: 'TraceToken', address: registry }, /contracts\[0\]\.startBlock .*is missing/],
    [
      'a short address',
      { ...contract, address: '0x12' },
      /contracts\[0\]\.address is "0x12".*20 bytes of hex/,
    ],
    ['a wrong checksum', { ...contract, address: registry.replace('B', 'b') }, /wrong checksum.*lower case/s],
    [
      'an unknown key',
      { ...contract, registri: registry },
      /contracts\[0\]\.registri.*Did you mean registry\?/,
    ],
    ['a number', 5, /contracts\[0\] is 5.*\{ kind, address, startBlock/],
  ])('of a contract: %s', async (_, entry, expected) => {
    expect(await refusal({ TRACECHAIN_CONTRACTS: JSON.stringify([entry]) })).toMatch(expected);
  });

  test('are refused if an address occurs twice, or a registry is configured as another kind', async () => {
    const token = { kind: 'TraceToken', address: registry.toLowerCase(), startBlock: 1 };
    const twice = await refusal({ TRACECHAIN_CONTRACTS: JSON.stringify([contract, token]) });
    expect(twice).toContain('contracts[1].address');
    expect(twice).toContain('is the address of contracts[0] already');
    const payment = { kind: 'PaymentContract', address: `0x${'1'.repeat(40)}`, startBlock: 1, registry };
    expect(await refusal({ TRACECHAIN_CONTRACTS: JSON.stringify([token, payment]) })).toContain(
      'is the address of a TraceToken',
    );
  });

  test('are refused without quoting secrets', async () => {
    const text = await refusal({
      DATABASE_URL: 'mysql://someone:hunter2hunter2@db/x',
      RPC_URL: 'ftp://node.example/v2/abcdefabcdefabcdef?apikey=0123456789',
    });
    expect(text).toContain('database.url is "***"');
    expect(text).not.toMatch(/hunter2|abcdef|0123456789/);
  });

  test('an unknown variable causes a warning', async () => {
    const { warnings } = await load({ TRACECHAIN_FINALTY: '5', TRACECHAIN_SERVICE_HOST: '10.0.0.1' });
    expect(warnings).toEqual([
      'The variable TRACECHAIN_FINALTY is unknown and ignored; did you mean TRACECHAIN_FINALITY?',
    ]);
  });

  test('an unnecessary registry causes a warning', async () => {
    const { warnings } = await load({
      TRACECHAIN_CONTRACTS: JSON.stringify([{ ...contract, registry: `0x${'1'.repeat(40)}` }]),
    });
    expect(warnings).toEqual(['contracts[0].registry has no effect for a ProductRegistry and is ignored']);
  });
});

test('shown values mask the database’s password and possible keys of nodes', async () => {
  const { effective } = await load({
    DATABASE_URL: 'postgres://someone:hunter2@db.example:5433/trace?sslmode=require',
    RPC_URL: 'https://user:pass@node.example/v2/key?token=t',
    WS_URL: 'wss://node.example/ws/key',
  });
  const shown = Object.fromEntries(effective.map(({ key, value }) => [key, value]));
  expect(shown).toMatchObject({
    'database.url': 'postgres://someone:***@db.example:5433/trace?sslmode=require',
    'chain.rpcUrls': ['https://***@node.example/***?***'],
    'chain.webSocketUrls': ['wss://node.example/***'],
  });
});

test('the local system’s parts override the configured ones in the daemon’s settings', async () => {
  const configuration = await load({ TRACECHAIN_FINALITY: '3' });
  expect(() => daemonSettings(configuration)).toThrow(CannotRunError);
  const settings = daemonSettings(configuration, {
    databaseUrl: 'postgres://local/db',
    chain: { rpcUrls: ['http://127.0.0.1:1'] },
  });
  expect(settings.database.url).toBe('postgres://local/db');
  expect(settings.chain).toMatchObject({
    rpcUrls: ['http://127.0.0.1:1'],
    finality: { kind: 'depth', blocks: 3 },
  });
});

test('address checksums follow EIP-55', () => {
  const bytes = fc.uint8Array({ minLength: 20, maxLength: 20 });
  fc.assert(
    fc.property(bytes, (address) => {
      const hex = `0x${Buffer.from(address).toString('hex')}`;
      expect(checksummed(hex)).toBe(getAddress(hex));
    }),
  );
});
