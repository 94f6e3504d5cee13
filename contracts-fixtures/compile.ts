/**
 * Compiles the fixture contracts and writes `abis/` and `contracts-fixtures/artifacts/`.
 * With `--check` it writes nothing, names what is stale and exits with 1.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateFiles } from './generate.ts';

const root = new URL('../', import.meta.url);

function committedText(path: string): string | undefined {
  try {
    return readFileSync(new URL(path, root), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

const changed = [...generateFiles()].filter(([path, text]) => committedText(path) !== text);

if (process.argv.includes('--check')) {
  for (const [path] of changed) process.stderr.write(`stale: ${path} (run \`npm run build:contracts\`)\n`);
  process.exitCode = changed.length > 0 ? 1 : 0;
} else {
  for (const [path, text] of changed) {
    const file = fileURLToPath(new URL(path, root));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    process.stdout.write(`wrote ${path}\n`);
  }
}
