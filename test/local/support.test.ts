import { Client } from 'pg';
import { expect, test } from 'vitest';
import { startTestAnvil } from '../support/anvil.ts';
import { createTestDatabase } from '../support/postgres.ts';

test('a test has a database and a chain', async () => {
  const [database, anvil] = await Promise.all([createTestDatabase(), startTestAnvil()]);
  const client = new Client({ connectionString: database.url });
  await client.connect();
  const { rows } = await client.query('select version() as version, current_setting($1) as encoding', [
    'server_encoding',
  ]);
  expect(rows[0].version).toContain('PostgreSQL 18');
  await client.end();
  await database.drop();
  await anvil.stop();
});
