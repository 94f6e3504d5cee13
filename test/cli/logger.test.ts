import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createLogger } from '../../src/cli/logger.ts';
import { harmless, harmlessJson, toJson } from '../../src/cli/terminal.ts';
import { CannotRunError, InvariantError, TraceChainError } from '../../src/primitives/errors.ts';

function collect(isTTY = false) {
  const lines: string[] = [];
  return { target: { isTTY, write: (text: string) => lines.push(text) }, lines };
}

const settings = { level: 'info', pretty: null } as const;
const secrets = {
  databaseUrls: ['postgres://someone:hunter%2B2hunter@db/x'],
  nodeUrls: ['https://node.example/v2/abcdefabcdef'],
};

describe('the JSON log', () => {
  test('has one JSON object per line: level, time, fields, message', () => {
    const { lines, target } = collect();
    const logger = createLogger(settings, {}, target);
    logger.info({ chainId: 1, block: 5 }, 'projected');
    logger.debug('not at this level');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'info',
      chainId: 1,
      block: 5,
      msg: 'projected',
    });
  });

  test('has the code, place and fix of a TraceChainError and of its cause', () => {
    const { lines, target } = collect();
    const cause = new TraceChainError('refused', { code: 'chain/permanent' });
    const error = new TraceChainError('it failed', {
      code: 'x/y',
      fix: 'Do it.',
      place: { blockNumber: 7 },
      cause,
    });
    createLogger(settings, {}, target).error({ err: error }, 'failed');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      err: {
        code: 'x/y',
        fix: 'Do it.',
        blockNumber: 7,
        message: 'it failed',
        cause: { code: 'chain/permanent' },
      },
    });
  });

  test('omits the connection that the database driver attaches to its errors', () => {
    const { lines, target } = collect();
    const error = Object.assign(new Error('ended'), { code: '57P01', client: { secretKey: 1602537920 } });
    createLogger(settings, {}, target).error({ err: error }, 'failed');
    expect(JSON.parse(lines[0] ?? '').err).toMatchObject({ message: 'ended', code: '57P01' });
    expect(lines[0]).not.toContain('secretKey');
  });

  test('has the stack of a bug, and no stack of operational errors and their causes', () => {
    const stackOf = (error: Error): unknown => {
      const { lines, target } = collect();
      createLogger(settings, {}, target).error({ err: error }, 'failed');
      return lines[0]?.includes('logger.test.ts');
    };
    expect(stackOf(new InvariantError('impossible'))).toBe(true);
    expect(stackOf(new Error('unexpected'))).toBe(true);
    expect(stackOf(new CannotRunError('no', { code: 'x/y' }))).toBe(false);
    const cause = new Error('connect ECONNREFUSED');
    expect(stackOf(new TraceChainError('away', { code: 'database/unreachable', cause }))).toBe(false);
  });
});

test('the log masks every secret of a configured URL, wherever a text quotes it', () => {
  for (const isTTY of [false, true]) {
    const { lines, target } = collect(isTTY);
    const logger = createLogger(settings, secrets, target);
    logger.warn(
      { url: secrets.databaseUrls[0], deep: [{ text: `to ${secrets.nodeUrls[0]}` }] },
      'for hunter+2hunter',
    );
    logger.error({ err: new Error(`at ${secrets.nodeUrls[0]}/more: hunter%2B2hunter`) }, 'failed');
    logger.info({ password: 'another' }, 'a password of anybody’s');
    expect(lines.join('')).not.toMatch(/hunter|abcdefabcdef|another/);
    expect(lines.join('')).toContain('***');
  }
});

test('the log masks secrets that look like words or numbers without changing the rest of the line', () => {
  for (const [user, password] of [
    ['u', 'true'],
    ['e', '1234'],
    ['level', 'null'],
    ['x', 'a"b\\c'],
  ] as const) {
    const { lines, target } = collect();
    const encoded = encodeURIComponent(password);
    const logger = createLogger(
      settings,
      {
        databaseUrls: [`postgres://${user}:${encoded}@db/x`],
        nodeUrls: [`http://${user}:${encoded}@node.example/`],
      },
      target,
    );
    logger.info(
      { isReady: true, block: 12345, none: null, quoted: `with ${password}` },
      'the queue is unused',
    );
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'info',
      isReady: true,
      block: 12345,
      none: null,
      quoted: 'with ***',
      msg: 'the queue is unused',
    });
  }
});

test('a log line on a terminal is readable and contains no control characters', () => {
  const { lines, target } = collect(true);
  const evil = 'name\u001b]0;title\u0007\u202e\u009b2J';
  createLogger(settings, {}, target).warn({ name: evil, err: new Error(evil) }, `message ${evil}`);
  const text = lines.join('');
  expect(text).toContain('message name');
  const colours = new RegExp(String.raw`\u001b\[[\d;]*m`, 'g');
  const controls = new RegExp(String.raw`[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]`);
  expect(text.replaceAll(colours, '')).not.toMatch(controls);
});

test.for([false, true])(
  'lines that could not be written are counted once lines can be written again (pretty: %s)',
  (pretty) => {
    const lines: string[] = [];
    let error: Error | null = null;
    const target = {
      write(text: string, done: (error: Error | null) => void) {
        if (error === null) lines.push(text);
        done(error);
      },
    };
    const logger = createLogger({ level: 'info', pretty }, {}, target);
    logger.info('one');
    error = new Error('ENOSPC');
    for (const text of ['two', 'three']) logger.info(text);
    error = null;
    logger.info('four');
    logger.info('five');
    expect(lines.length).toBe(4);
    expect(lines.map((line) => /one|two|three|four|five|could not be written/.exec(line)?.[0])).toEqual([
      'one',
      'four',
      'could not be written',
      'five',
    ]);
    expect(lines[2]).toContain('"lines":2');
  },
);

test('log.pretty makes readable lines without a terminal too', () => {
  const { lines, target } = collect();
  createLogger({ level: 'info', pretty: true }, {}, target).info({ block: 1 }, 'hello');
  expect(lines.join('')).toMatch(/INFO.*hello/);
});

describe('text for terminals', () => {
  test('JSON parses to the same value and contains no control characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const json = harmlessJson(JSON.stringify({ text }));
        expect(JSON.parse(json)).toEqual({ text });
        expect(json).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
    );
  });

  test('output keeps line ends and colours and escapes other control characters', () => {
    expect(harmless('a\n\tb\u001b[31mc\u001b[0m\u001b[2J\u0007')).toBe(
      'a\n\tb\u001b[31mc\u001b[0m\\u{1b}[2J\\u{7}',
    );
  });

  test('JSON writes bigints as strings', () => {
    expect(toJson({ amount: 2n ** 255n })).toBe(`{"amount":"${2n ** 255n}"}`);
  });
});
