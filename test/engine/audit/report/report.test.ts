/** Signed reports: every byte matters, private keys are protected, and each report names its predecessor. */
import { stat } from 'node:fs/promises';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  canonicalJson,
  type Json,
  readableJson,
  toJsonValue,
} from '../../../../src/engine/audit/report/canonical-json.ts';
import type { AuditReport } from '../../../../src/engine/audit/report/document.ts';
import { makeKeyFiles, readPrivateKey, readPublicKey } from '../../../../src/engine/audit/report/keys.ts';
import { recordNextReport } from '../../../../src/engine/audit/report/record.ts';
import { signReport, verifyReport } from '../../../../src/engine/audit/report/sign.ts';
import { runTracechain } from '../../../cli/run.ts';
import { createMigratedDatabase, type TestDatabase } from '../../../support/postgres.ts';

const { privateKey } = generateKeyPairSync('ed25519');
const publicKey = createPublicKey(privateKey);

const report = {
  format: 'tracechain-audit-report/1',
  createdAt: '2026-01-31T12:00:00.000Z',
  chain: { chainId: 31337, genesisHash: '0x00', block: 12, blockHash: '0x12', node: 'http://127.0.0.1' },
  contracts: [{ address: '0x01', kind: 'ProductRegistry', startBlock: 1, factory: null, codeHash: '0x02' }],
  audit: {
    scope: { mode: 'full', areas: ['products'], since: null, runsUntilAllAreRead: null },
    skippedContracts: [],
    findings: [{ field: 'product_name', chainValue: 'Café \u{1f9ea}\u0000"', seconds: 1.5e-7 }],
  },
  proof: null,
  coverage: { holes: [] },
  versions: {},
  previousReport: null,
} as unknown as AuditReport;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'report-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe('a signed report', () => {
  const file = Buffer.from(signReport(report, privateKey).text);

  test('a signed report verifies with its key, and names the key if none is given', () => {
    expect(verifyReport(file, publicKey)).toMatchObject({ isGenuine: true, isGivenKey: true });
    expect(verifyReport(file, null)).toMatchObject({ isGenuine: true, isGivenKey: null });
    const other = createPublicKey(generateKeyPairSync('ed25519').privateKey);
    expect(verifyReport(file, other)).toMatchObject({
      isGenuine: false,
      reason: expect.stringContaining('another key'),
    });
  });

  test('a signed report does not verify if any byte is changed, removed or added', () => {
    const anywhere = fc.nat({ max: file.length - 1 });
    const changed = fc
      .tuple(anywhere, fc.integer({ min: 1, max: 255 }))
      .map(([at, difference]) => file.map((byte, index) => (index === at ? byte ^ difference : byte)));
    const shorter = anywhere.map((at) => Buffer.concat([file.subarray(0, at), file.subarray(at + 1)]));
    const longer = fc
      .tuple(fc.nat({ max: file.length }), fc.integer({ min: 0, max: 255 }))
      .map(([at, byte]) => Buffer.concat([file.subarray(0, at), Buffer.from([byte]), file.subarray(at)]))
      // Doubling a byte also makes the file longer.
      .filter((bytes) => !file.equals(bytes));
    fc.assert(
      fc.property(fc.oneof(changed, shorter, longer), fc.boolean(), (bytes, isKeyGiven) => {
        expect(verifyReport(bytes, isKeyGiven ? publicKey : null).isGenuine).toBe(false);
      }),
      { numRuns: 3000 },
    );
  });

  test('a signed report does not verify if it is reformatted or signed with another key', () => {
    const content = JSON.parse(file.toString()) as Record<string, unknown>;
    const otherwise = [
      JSON.stringify(content),
      `\ufeff${file.toString()}`,
      file.toString().replace('"proof": null', '"proof": null,\n    "proof": null'),
      file
        .toString()
        .replace(/"signature": "(\w+)"/, (_, hex: string) => `"signature": "${hex.toUpperCase()}"`),
    ];
    for (const text of otherwise) expect(verifyReport(Buffer.from(text), publicKey).isGenuine).toBe(false);
    const forged = signReport({ ...report, contracts: [] }, generateKeyPairSync('ed25519').privateKey).text;
    expect(verifyReport(Buffer.from(forged), publicKey).isGenuine).toBe(false);
  });
});

describe('the canonical form (RFC 8785)', () => {
  test('the canonical form is the same for equal values, and parses to the value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const json = JSON.parse(JSON.stringify(value)) as Json;
        expect(JSON.parse(canonicalJson(json))).toEqual(json);
        expect(canonicalJson(JSON.parse(readableJson(json)) as Json)).toBe(canonicalJson(json));
      }),
    );
  });

  test('the canonical form sorts members by UTF-16 code units, and formats numbers and texts like ECMAScript', () => {
    const value = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '\u{1f600}': 4, '\u0080': 5, '\u00f6': 6 };
    expect(Object.values(JSON.parse(canonicalJson(value)) as object)).toEqual([2, 5, 6, 1, 4, 3]);
    expect(
      canonicalJson([Number('333333333.33333329'), 1e30, 4.5, 2e-3, 1e-27, '\u20ac$\u000f\nA\'B"\\']),
    ).toBe(String.raw`[333333333.3333333,1e+30,4.5,0.002,1e-27,"€$\u000f\nA'B\"\\"]`);
  });

  test('the canonical form of a value never changes, because existing signatures depend on it', () => {
    const value = {
      format: 'x',
      zeta: [3, { b: null, a: true }],
      amount: 2n ** 200n,
      'é€': 'a"\\\n\u2028😀',
      Z: -0,
      small: 1e-7,
      large: 1e21,
      gone: undefined,
      at: new Date(0),
      __proto__x: {},
      '\ufb33': 1,
      '\u{1f600}': 2,
    };
    expect(
      createHash('sha256')
        .update(canonicalJson(toJsonValue(value)))
        .digest('hex'),
    ).toBe('589b301d55f7474c9a909942f6e7adb838211b58ba6a1f3ff862f6d406696d04');
  });

  test('the canonical form has no lone surrogates: a node’s text can be signed, and a file with one is refused', () => {
    const odd = { ...report, audit: { findings: ['\ud800', { '\udfff': 1 }] } } as unknown as AuditReport;
    const { text } = signReport(odd, privateKey);
    expect(verifyReport(Buffer.from(text), publicKey).isGenuine).toBe(true);
    const forged = text.replaceAll('\ufffd', '\\ud800');
    expect(verifyReport(Buffer.from(forged), publicKey)).toMatchObject({ isGenuine: false });
  });
});

describe('a key pair', () => {
  test('the private key is readable only by its owner, and never overwritten', async () => {
    const made = await makeKeyFiles(join(folder, 'key.pem'));
    expect((await stat(made.privateKeyFile)).mode & 0o777).toBe(0o600);
    expect((await stat(made.publicKeyFile)).mode & 0o777).toBe(0o644);
    await expect(makeKeyFiles(join(folder, 'key.pem'))).rejects.toMatchObject({ code: 'audit/key-exists' });
    const file = Buffer.from(signReport(report, await readPrivateKey(made.privateKeyFile)).text);
    expect(verifyReport(file, await readPublicKey(made.publicKeyFile))).toMatchObject({
      isGenuine: true,
      fingerprint: made.fingerprint,
    });
  });

  test('a key of another kind and a file without a key are refused, with the file name', async () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
    await writeFile(join(folder, 'rsa.pem'), rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }));
    for (const name of ['rsa.pem', 'none.pem'])
      await expect(readPrivateKey(join(folder, name))).rejects.toMatchObject({
        code: 'audit/key',
        message: expect.stringContaining(name),
      });
  });
});

describe('consecutive reports', () => {
  let database: TestDatabase;
  let pool: Pool;
  beforeAll(async () => {
    database = await createMigratedDatabase();
    pool = new Pool({ connectionString: database.url });
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  test('each report names its predecessor, also with concurrent calls, and a failed one leaves no record', async () => {
    const make = async (block: number) =>
      await recordNextReport(pool, 1, async (previousReport) => {
        if (block === 3) throw new Error('the disk is full');
        const signed = signReport({ ...report, previousReport, createdAt: String(block) }, privateKey);
        await writeFile(join(folder, `${block}.json`), signed.text);
        return {
          chainId: 1,
          block,
          blockHash: `0x${'12'.repeat(32)}`,
          sha256: signed.sha256,
          publicKey: 'key',
          findings: 0,
          previousReport,
        };
      });
    const first = await make(1);
    expect(first.previousReport).toBeNull();
    const made = await Promise.allSettled([make(2), make(3), make(4)]);
    expect(made.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    const { rows } = await pool.query<{ block: number; follows: boolean }>(
      `select block_number::int as block, previous_report_hash is not distinct from lag(report_hash) over (order by id) as follows
       from ledger.audit_reports order by id`,
    );
    expect(rows.map(({ follows }) => follows)).toEqual([true, true, true]);
    const names = rows.map(({ block }) => join(folder, `${block}.json`));
    const { code, output } = await runTracechain(['audit', 'verify', ...names]);
    expect(output.match(/, the report before it/g)).toHaveLength(2);
    expect(code).toBe(0);
    const [one = '', , three = ''] = names;
    const gap = await runTracechain(['audit', 'verify', one, three, '--json']);
    expect(gap.code).toBe(1);
    expect(JSON.parse(gap.output)).toMatchObject([
      { isGenuine: true, follows: null },
      { isGenuine: true, follows: false },
    ]);
  });
});

test('keygen and verify need neither a database nor a configuration', async () => {
  const keyFile = join(folder, 'operator.pem');
  const made = await runTracechain(['audit', 'keygen', keyFile]);
  expect(made).toMatchObject({ code: 0, output: expect.stringMatching(/Give it to .*\n.*\n\n  SHA256:/) });
  const reportFile = join(folder, 'audit.json');
  await writeFile(reportFile, signReport(report, await readPrivateKey(keyFile)).text);
  const [genuine, missing, wrong] = await Promise.all([
    runTracechain(['audit', 'verify', reportFile, '--key', `${keyFile}.pub`]),
    runTracechain(['audit', 'verify', join(folder, 'none.json')]),
    runTracechain(['audit', 'verify', `${keyFile}.pub`]),
  ]);
  expect(genuine).toMatchObject({
    code: 0,
    output: expect.stringContaining('signed by the key that you gave'),
  });
  expect(missing).toMatchObject({ code: 2, errors: expect.stringContaining('none.json') });
  expect(wrong).toMatchObject({ code: 1, output: expect.stringContaining('NOT GENUINE: it is not JSON') });
});

test.each([['verify', 'audit.json'], ['keygen']])(
  '%s refuses the options of the audit itself',
  async (...words) => {
    const { code, errors } = await runTracechain(['audit', ...words, '--at', '5']);
    expect(code).toBe(2);
    expect(errors).toContain("unknown option '--at'");
  },
);
