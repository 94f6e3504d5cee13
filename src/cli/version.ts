import { readFileSync } from 'node:fs';
import { valueAt } from '../config/values.ts';

/** The version of this program, from package.json. */
export function programVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return String(valueAt(manifest, ['version']));
}
