import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { inject } from 'vitest';

export interface TestDatabase {
  readonly url: string;
  /** Removes the database, ending what is still connected to it. */
  drop(): Promise<void>;
}

/** A fresh, empty database on the run's PostgreSQL. */
export async function createTestDatabase(): Promise<TestDatabase> {
  // template0 can't be connected to, so that tests that make databases at once don't disturb each other.
  return await createFrom('template0');
}

/** A fresh database with the schema and the queues, as a daemon leaves it that has not seen a block. */
export async function createMigratedDatabase(): Promise<TestDatabase> {
  return await createFrom(inject('migratedDatabase'));
}

/** A database that begins as a copy of another, to which nothing may be connected. */
export async function copyTestDatabase(original: TestDatabase): Promise<TestDatabase> {
  return await createFrom(new URL(original.url).pathname.slice(1));
}

async function createFrom(template: string): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await administer(`create database ${name} template ${template} strategy ${inject('copyStrategy')}`);
  const url = new URL(inject('postgresUrl'));
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => administer(`drop database if exists ${name} with (force)`) };
}

async function administer(statement: string): Promise<void> {
  const client = new Client({ connectionString: inject('postgresUrl') });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
