/**
 * Writes SCHEMA.md and drizzle/catalogue.json from the catalogue of a database that all migrations are applied to: one of
 * its own, thrown away afterwards. With `--comments` it writes nothing but, on standard output, the statements for a new
 * migration (`drizzle-kit generate --custom --name comments`) where src/db/schema or view-comments.ts says more than the migrations do.
 */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { createPool, withClient } from '../src/db/client.ts';
import { type Catalogue, readCatalogue } from '../src/db/catalogue.ts';
import { migrate } from '../src/db/migrate.ts';
import { catalogueFile } from '../src/db/verify.ts';
import { startPostgres } from '../src/local/postgres.ts';
import { makeTemporaryFolder } from '../src/local/temporary-folder.ts';
import { commentStatements } from './comment-statements.ts';
import { renderCatalogue, schemaFile } from './files.ts';
import { renderSchema } from './render.ts';

async function migratedCatalogue(): Promise<Catalogue> {
  const folder = await makeTemporaryFolder('schema-docs');
  const server = await startPostgres({
    dataFolder: join(folder, 'postgres'),
    logger: pino({ level: 'warn' }),
  });
  try {
    const pool = createPool({
      connectionString: await server.ensureDatabase('schema_docs'),
      applicationName: 'schema docs',
      onConnectionError: () => undefined,
    });
    try {
      await migrate({ pool });
      return await withClient(pool, readCatalogue);
    } finally {
      await pool.end();
    }
  } finally {
    await server.stop();
    await rm(server.dataFolder, { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
  }
}

const catalogue = await migratedCatalogue();
if (process.argv.includes('--comments')) {
  process.stdout.write(commentStatements(catalogue).join('\n--> statement-breakpoint\n'));
} else {
  await writeFile(catalogueFile, renderCatalogue(catalogue));
  await writeFile(fileURLToPath(schemaFile), renderSchema(catalogue));
}
