/** The migrations in drizzle-kit's format: a journal, and one file per migration. */
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

export const ownMigrationsFolder = fileURLToPath(new URL('../../../drizzle', import.meta.url));

export interface MigrationFile {
  /** `0001_tables` */
  readonly name: string;
  /** SHA-256 of the file, in hex. It identifies an applied migration. */
  readonly hash: string;
  readonly generatedAtMs: number;
  readonly statements: readonly string[];
  /**
   * False for a file that begins with `-- no transaction`. Such files build indexes concurrently on tables with rows, and their statements
   * must be repeatable.
   */
  readonly isTransactional: boolean;
}

const journalSchema = z.object({ entries: z.array(z.object({ tag: z.string(), when: z.number() })) });

/** Reads the migrations in the order in which they apply. */
export function readMigrationFiles(folder: string = ownMigrationsFolder): MigrationFile[] {
  const journal = journalSchema.parse(JSON.parse(readFileSync(join(folder, 'meta/_journal.json'), 'utf8')));
  return journal.entries.map(({ tag, when }) => {
    const content = readFileSync(join(folder, `${tag}.sql`), 'utf8');
    return {
      name: tag,
      hash: hash('sha256', content, 'hex'),
      generatedAtMs: when,
      statements: content.split('--> statement-breakpoint'),
      isTransactional: !/^\s*--\s*no transaction/i.test(content),
    };
  });
}
