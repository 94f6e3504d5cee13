import { writeFile } from 'node:fs/promises';
import { dirname, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { configurationFileName } from '../../config/file.ts';
import { configurationTemplate } from '../../config/template.ts';
import { CannotRunError } from '../../primitives/errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { printLine } from '../output.ts';

export function initCommand(): Command {
  return new Command('init')
    .description('write a commented configuration file')
    .argument('[file]', 'where to write it', configurationFileName)
    .option('--force', 'overwrite an existing file')
    .addHelpText('after', '\nExamples:\n  $ tracechain init\n  $ tracechain init config/staging.config.ts')
    .action(async (file: string, options: { readonly force?: true }) => {
      const path = resolve(file);
      await writeConfiguration(path, options.force === true);
      printLine(`Wrote ${path}.`);
      printLine(
        'Fill in the contracts, set DATABASE_URL and RPC_URL, then check the configuration with npx tracechain doctor.',
      );
      process.exitCode = exitCodes.good;
    });
}

async function writeConfiguration(path: string, mayOverwrite: boolean): Promise<void> {
  const seam = fileURLToPath(new URL('../../config/index.ts', import.meta.url));
  const written = relative(dirname(path), seam).split(sep).join('/');
  const text = configurationTemplate(written.startsWith('.') ? written : `./${written}`);
  try {
    await writeFile(path, text, { flag: mayOverwrite ? 'w' : 'wx' });
  } catch (error) {
    throw explain(error, path);
  }
}

function explain(error: unknown, path: string): CannotRunError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EEXIST') {
    return new CannotRunError(`${path} exists already.`, {
      code: 'init/exists',
      fix: 'Name another file, or overwrite it with --force.',
    });
  }
  return new CannotRunError(
    `${path} can’t be written: ${error instanceof Error ? error.message : String(error)}.`,
    {
      code: 'init/not-written',
      fix: 'Name a file in an existing, writable folder.',
      cause: error,
    },
  );
}
