/**
 * A hash over everything that the generated files depend on, and over these files: compiling takes tens of seconds on a busy machine, and
 * telling that nothing has changed since takes none. `npm run build:contracts` writes it; `npm run test:large` compiles.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { artifactPath, fixtureNames, indexedContractNames } from './artifacts.ts';
import { compilerSettings } from './generate.ts';

/** Relative to the repository's root. */
export const fingerprintPath = 'contracts-fixtures/artifacts/fingerprint.txt';

const manifestSchema = z.object({ devDependencies: z.record(z.string(), z.string()) });

/** Of the sources, the compiler, its settings, the library and the generated files as they are now; a line of text. */
export function fingerprint(): string {
  const { devDependencies } = manifestSchema.parse(JSON.parse(textOf('package.json')));
  const versions = ['solc', '@openzeppelin/contracts'].map((name) => `${name} ${devDependencies[name]}`);
  const files = [
    ...fixtureNames.flatMap((name) => [`contracts-fixtures/${name}.sol`, artifactPath(name)]),
    ...indexedContractNames.map((name) => `abis/${name}.ts`),
    'abis/index.ts',
  ];
  const hash = createHash('sha256').update(JSON.stringify([versions, compilerSettings]));
  for (const path of files) hash.update(JSON.stringify([path, textOf(path)]));
  return `${hash.digest('hex')}\n`;
}

/** The one that was written when the contracts were last compiled. */
export function writtenFingerprint(): string {
  return textOf(fingerprintPath);
}

/** Empty where there is no such file. */
function textOf(path: string): string {
  const file = new URL(`../${path}`, import.meta.url);
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}
