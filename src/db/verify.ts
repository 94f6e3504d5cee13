/** Compares a database's catalogue with the stored catalogue that the migrations produce. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClientBase } from 'pg';
import { type Catalogue, catalogueSchema, readCatalogue } from './catalogue.ts';
import { ownMigrationsFolder } from './migrations/files.ts';

export interface CatalogueDifference {
  /** `missing` and `different` are errors; `extra` may be the operator's own object. */
  readonly kind: 'missing' | 'different' | 'extra';
  /** `public.products · columns · batch_number · type` */
  readonly what: string;
  readonly expected: string | null;
  readonly found: string | null;
}

export const catalogueFile = join(ownMigrationsFolder, 'catalogue.json');

/** The catalogue of a database with all migrations applied. */
function expectedCatalogue(): Catalogue {
  return catalogueSchema.parse(JSON.parse(readFileSync(catalogueFile, 'utf8')));
}

/** The differences between this database and the result of its migrations. */
export async function verifyCatalogue(client: ClientBase): Promise<CatalogueDifference[]> {
  return compareCatalogues(expectedCatalogue(), await readCatalogue(client));
}

/** Versions of PostgreSQL format the same query differently, so such texts are compared only within one version. */
function compareCatalogues(expected: Catalogue, found: Catalogue): CatalogueDifference[] {
  const isSameVersion = expected.postgres === found.postgres;
  const left = facts(expected, isSameVersion);
  const right = facts(found, isSameVersion);
  const differences: CatalogueDifference[] = [];
  const isReported = (what: string): boolean =>
    differences.some((difference) => what.startsWith(`${difference.what}${separator}`));
  for (const [what, value] of left) {
    const other = right.get(what);
    if (other === value || isReported(what)) continue;
    differences.push({
      kind: other === undefined ? 'missing' : 'different',
      what,
      expected: value,
      found: other ?? null,
    });
  }
  for (const [what, value] of right) {
    if (!left.has(what) && !isReported(what))
      differences.push({ kind: 'extra', what, expected: null, found: value });
  }
  return differences;
}

const separator = ' · ';

/** Each fact by its path. An object that contains facts is itself a fact before them, so that a missing table is reported only once. */
function facts(catalogue: Catalogue, withVersionsTexts: boolean): Map<string, string> {
  const found = new Map<string, string>();
  const walk = (path: string, value: unknown): void => {
    if (typeof value !== 'object' || value === null) {
      found.set(path, String(value));
      return;
    }
    if (Array.isArray(value)) {
      found.set(path, value.join(', '));
      return;
    }
    found.set(path, 'there');
    for (const [name, inner] of Object.entries(value))
      if (!isComment(name, inner)) walk(`${path}${separator}${name}`, inner);
  };
  for (const [name, { definition, triggers, ...rest }] of Object.entries(catalogue.relations)) {
    const relation = { ...rest, triggers: withoutParentheses(triggers) };
    walk(name, withVersionsTexts ? { ...relation, definition } : relation);
  }
  for (const [name, { body, isParsed, ...rest }] of Object.entries(catalogue.functions))
    walk(name, withVersionsTexts || !isParsed ? { ...rest, body } : rest);
  for (const [name, values] of Object.entries(catalogue.enums)) walk(name, values);
  return found;
}

/** A condition that was dumped and restored has its alternatives on one level, and the original may have them nested. */
function withoutParentheses(triggers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(triggers).map(([name, definition]) => [name, definition.replaceAll(/[()]/g, '')]),
  );
}

/** (A column may be named "comment", but then the value is an object.) */
function isComment(name: string, value: unknown): boolean {
  return name === 'comment' && (typeof value !== 'object' || value === null);
}
