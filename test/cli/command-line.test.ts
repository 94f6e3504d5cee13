import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createProgram } from '../../src/cli/program.ts';
import { launcher, runTracechainProcess } from './run.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tracechain-cli-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('command-line usage', () => {
  const commands = ['start', 'demo', 'status', 'contracts', 'sql', 'config', 'init', 'doctor', 'migrate'];

  test('--help lists every command, and --version prints the version of the package', async () => {
    const [help, version] = await Promise.all([
      runTracechainProcess(['--help']),
      runTracechainProcess(['--version']),
    ]);
    expect(help.code).toBe(0);
    for (const command of commands) expect(help.output).toMatch(new RegExp(`^  ${command} `, 'm'));
    expect(version).toMatchObject({ code: 0, output: '0.1.0\n', errors: '' });
  });

  test.each(commands)('%s --help gives examples', async (command) => {
    let shown = '';
    const program = await createProgram([command]);
    for (const each of [program, ...program.commands]) {
      each.configureOutput({ writeOut: (text) => void (shown += text) });
    }
    expect(() => program.parse([command, '--help'], { from: 'user' })).toThrow('(outputHelp)');
    expect(shown).toContain('Examples:');
    expect(shown).toContain('$ tracechain');
    expect(shown).toContain('--config');
  });

  test.each([
    ['an unknown command', ['stats']],
    ['an unknown option', ['status', '--jsno']],
    ['an argument too many', ['status', 'now']],
    ['an option’s wrong value', ['status', '--chain', 'mainnet']],
    ['an empty data folder', ['status', '--data', '']],
    ['an empty configuration file', ['status', '--config', ' ']],
    ['nothing', []],
  ])('%s could not run: 2', async (_, args) => {
    const { code, errors, output } = await runTracechainProcess(args);
    expect(code).toBe(2);
    expect(output).toBe('');
    expect(errors).not.toBe('');
  });
});

describe('a command that can’t run prints one line and ends with 2', () => {
  test.each([
    ['no database', ['status'], {}, /There is no database.*npm start.*DATABASE_URL/],
    ['no database for sql', ['sql', 'select 1'], {}, /There is no database/],
    [
      'a data folder where nothing can be made',
      ['start', '--data', '/proc/tracechain/x'],
      {},
      /\/proc\/tracechain/,
    ],
    [
      'a password that isn’t encoded, whose end looks like a host',
      ['status'],
      { DATABASE_URL: 'postgres://someone:ge@heim/nis@127.0.0.1:1/x' },
      /database\.url is "\*\*\*".*%40/,
    ],
    [
      'an unreachable database',
      ['status'],
      { DATABASE_URL: 'postgres://a:geheimnis@127.0.0.1:1/x' },
      /127\.0\.0\.1:1/,
    ],
    ['a database alone', ['start'], { DATABASE_URL: 'postgres://a:geheimnis@127.0.0.1:1/x' }, /RPC_URL/],
    ['a node without contracts', ['start'], { RPC_URL: 'http://127.0.0.1:1' }, /npx tracechain init/],
    [
      'a wrong key',
      ['config'],
      { TRACECHAIN_LOG_LEVEL: 'loud' },
      /log\.level is "loud" \(from TRACECHAIN_LOG_LEVEL\)/,
    ],
    ['no such file', ['--config', 'nowhere.ts', 'config'], {}, /nowhere\.ts/],
  ])('%s', async (_, args, environment, expected) => {
    const { code, errors, output } = await runTracechainProcess(args, { environment });
    expect(code).toBe(2);
    expect(output).toBe('');
    expect(errors).toMatch(expected);
    expect(errors).not.toContain('geheimnis');
    expect(errors.trim().split('\n')).toHaveLength(1);
  });

  test('as JSON with --json', async () => {
    const { code, errors } = await runTracechainProcess(['status', '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(errors)).toMatchObject({ error: { code: 'cli/no-database', fix: expect.any(String) } });
  });
});

test('internal commands are not in the help, and only the daemon can start them', async () => {
  const [help, started] = await Promise.all([
    runTracechainProcess(['--help']),
    runTracechainProcess(['audit-process']),
  ]);
  expect(help.output).not.toContain('audit-process');
  expect(started).toMatchObject({ code: 2, errors: expect.stringContaining('npx tracechain audit') });
});

test('the launcher runs on any Node from 20 up, and finds the Node that the code needs', async () => {
  // As npx and npm start run it: by its first line.
  const { stdout } = await promisify(execFile)(launcher, ['--version']);
  expect(stdout).toBe('0.1.0\n');
  // Where the machine's own Node is new enough, it is the one that runs.
  const onThePath = await runTracechainProcess(['--version'], {
    node: '/usr/bin/env',
    nodeArguments: ['node'],
  });
  expect(onThePath).toMatchObject({ code: 0, output: '0.1.0\n', errors: '' });
});

describe('a configuration file', () => {
  test.each([
    ['that awaits a promise that never settles', 'await new Promise(() => undefined); export default {};'],
    ['that ends the program', 'process.exit(0);'],
    ['that ends the program with another code', 'process.exit(7);'],
    ['that fails', 'throw new Error("on purpose");'],
  ])('%s could not run: 2, with its name', async (_, content) => {
    const file = join(folder, 'broken.config.ts');
    await writeFile(file, content);
    const { code, errors } = await runTracechainProcess(['status', '--config', file]);
    expect(code).toBe(2);
    expect(errors).toContain(file);
  });
});

describe('config', () => {
  test('shows every value with its source, secrets masked, and ends with 1 if the daemon would not start', async () => {
    const environment = { DATABASE_URL: 'postgres://a:geheimnis@db/x', TRACECHAIN_LOG_LEVEL: 'warn' };
    const [shown, json] = await Promise.all([
      runTracechainProcess(['config'], { environment }),
      runTracechainProcess(['config', '--json'], { environment }),
    ]);
    expect(shown.code).toBe(1);
    expect(shown.output).toContain('postgres://a:***@db/x');
    expect(shown.output).not.toContain('geheimnis');
    expect(JSON.parse(json.output)).toMatchObject({
      mode: 'database-only',
      problems: [{ key: 'chain.rpcUrls' }],
    });
    expect(JSON.parse(json.output).values).toContainEqual({
      key: 'log.level',
      variable: 'TRACECHAIN_LOG_LEVEL',
      value: 'warn',
      source: 'TRACECHAIN_LOG_LEVEL',
    });
  });
});

test('init writes a configuration that loads, and overwrites a file only with --force', async () => {
  expect(await runTracechainProcess(['init'], { folder })).toMatchObject({ code: 0 });
  expect(await runTracechainProcess(['config'], { folder })).toMatchObject({ code: 0 });
  const again = await runTracechainProcess(['init'], { folder });
  expect(again.code).toBe(2);
  expect(again.errors).toContain('--force');
  expect(await runTracechainProcess(['init', '--force'], { folder })).toMatchObject({ code: 0 });
});
