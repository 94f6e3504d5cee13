import { defineConfig } from 'drizzle-kit';

/** For `drizzle-kit generate` only: the daemon applies the migrations itself (src/db/migrate.ts). */
export default defineConfig({
  dialect: 'postgresql',
  schema: './src/tracechain/*/tables.ts',
  out: './drizzle',
  schemaFilter: ['public', 'ledger'],
});
