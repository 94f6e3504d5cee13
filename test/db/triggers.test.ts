import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toAddress } from '../../src/primitives/hex.ts';
import { standardId, userId } from '../../src/primitives/ids.ts';
import { createMigratedDatabase, type TestDatabase } from '../support/postgres.ts';

const mixedCase = '0xAbCdEf0123456789aBcDeF0123456789ABCDEF01';
const lowerCase = toAddress(mixedCase);

let database: TestDatabase;
let client: Client;

beforeAll(async () => {
  database = await createMigratedDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

describe('users', () => {
  it('a user needs only a wallet, in any case, from which the id is derived', async () => {
    const { rows } = await client.query<{ updated_at: Date }>(
      'insert into users (wallet_address) values ($1) returning *',
      [mixedCase],
    );
    expect(rows[0]).toMatchObject({
      id: userId(lowerCase),
      wallet_address: lowerCase,
      user_tier: 'free',
      is_custodial: false,
      is_verified: false,
      metadata: {},
    });
  });

  it('a wallet has only one user row, even if two sessions insert it', async () => {
    const { rowCount } = await client.query(
      'insert into users (wallet_address) values ($1) on conflict do nothing',
      [mixedCase.toUpperCase()],
    );
    expect(rowCount).toBe(0);
  });

  it('the table refuses text that is not a wallet', async () => {
    for (const wallet of [
      '',
      '0x',
      lowerCase.slice(0, -1),
      `${lowerCase}0`,
      `${lowerCase}\n`,
      `0x${'g'.repeat(40)}`,
    ]) {
      await expect(
        client.query('insert into users (wallet_address) values ($1)', [wallet]),
      ).rejects.toMatchObject({
        code: '23514',
        constraint: 'users_wallet_address_check',
      });
    }
  });

  it('the application can change its columns but not the wallet', async () => {
    const { rows } = await client.query<{ email: string; touched: boolean }>(
      `update users set email = 'a@example.org', wallet_address = wallet_address where id = $1
       returning email, updated_at > created_at as touched`,
      [userId(lowerCase)],
    );
    expect(rows).toEqual([{ email: 'a@example.org', touched: true }]);

    await expect(
      client.query('update users set wallet_address = $1', [`0x${'1'.repeat(40)}`]),
    ).rejects.toMatchObject({ code: '23000' });
  });
});

describe('compliance_standards', () => {
  it('the trigger normalizes the code, and the name keeps the original spelling', async () => {
    const { rows } = await client.query(
      `insert into compliance_standards (standard_code) values ('ISO 9001')
       returning id, standard_code, standard_name, is_active`,
    );
    expect(rows).toEqual([
      { id: standardId('iso-9001'), standard_code: 'ISO9001', standard_name: 'ISO 9001', is_active: true },
    ]);
  });

  it('a standard has only one row, regardless of its spelling', async () => {
    const { rowCount } = await client.query(
      `insert into compliance_standards (standard_code, standard_name) values ('iso_90-01', 'Quality')
       on conflict (standard_code) do nothing`,
    );
    expect(rowCount).toBe(0);
  });

  it('a given name is kept, and so is the id if the code is respelt', async () => {
    const { rows } = await client.query(
      `update compliance_standards set standard_code = 'Iso 9001', standard_name = 'Quality' where standard_code = 'ISO9001'
       returning id, standard_code, standard_name`,
    );
    expect(rows).toEqual([{ id: standardId('ISO9001'), standard_code: 'ISO9001', standard_name: 'Quality' }]);
  });
});
