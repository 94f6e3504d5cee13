/**
 * Compiles the fixture contracts and writes `abis/` and `contracts-fixtures/artifacts/`.
 * With `--check` it writes nothing, names what is stale and exits with 1.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fingerprint, fingerprintPath, writtenFingerprint } from './fingerprint.ts';
import { findStaleFiles } from './generate.ts';

const staleFiles = findStaleFiles();

if (process.argv.includes('--check')) {
  for (const { path } of staleFiles)
    process.stderr.write(`stale: ${path} (run \`npm run build:contracts\`)\n`);
  process.exitCode = staleFiles.length > 0 ? 1 : 0;
} else {
  for (const { path, wantedText } of staleFiles) write(path, wantedText);
  // Over what has just been written, so it comes last.
  if (writtenFingerprint() !== fingerprint()) write(fingerprintPath, fingerprint());
}

function write(path: string, text: string): void {
  const file = fileURLToPath(new URL(`../${path}`, import.meta.url));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  process.stdout.write(`wrote ${path}\n`);
}
