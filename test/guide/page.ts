/** The files that docs/adding-a-contract.md writes, and a copy of the repository to write them to. */
import { cp, mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { required } from '../../src/primitives/errors.ts';

interface Block {
  readonly path: string;
  readonly language: string;
  readonly text: string;
}

/** A code block is a file's if the line before it ends with the file's path and a colon. */
export async function readPage(): Promise<Block[]> {
  const page = await readFile('docs/adding-a-contract.md', 'utf8');
  return Array.from(
    page.matchAll(/`([\w./-]+)`:\n\n```(\w+)\n([^]*?)```/g),
    ([, path = '', language = '', text = '']) => ({ path, language, text }),
  );
}

const copied = [
  'abis',
  'contracts-fixtures',
  'docs',
  'drizzle',
  'schema-docs',
  'src',
  'test',
  '.oxfmtrc.json',
  '.oxlintrc.json',
  'SCHEMA.md',
  'drizzle.config.ts',
  'package.json',
  'tsconfig.json',
  'vitest.config.ts',
  'vitest.large.config.ts',
];

/** Copies what code, types and tests need; the packages are linked. Returns the folder. */
export async function copyRepository(): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'guide-'));
  for (const path of copied) await cp(path, join(copy, path), { recursive: true });
  await symlink(join(process.cwd(), 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

/** Writes a block to its file. A `diff` block inserts its lines into the file that is there. */
export async function writeBlock(copy: string, { path, language, text }: Block): Promise<void> {
  const file = join(copy, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, language === 'diff' ? patched(await readFile(file, 'utf8'), text) : text);
}

/** The lines that a `diff` block inserts. */
export function insertedLines({ text }: Block): string[] {
  return text.split('\n').filter((line) => line.startsWith('+'));
}

function patched(text: string, diff: string): string {
  let result = text;
  for (const hunk of diff.split('@@\n')) {
    const lines = hunk.split('\n').filter((line) => line !== '');
    const joined = (chosen: readonly string[]): string => chosen.map((line) => `${line.slice(1)}\n`).join('');
    const before = joined(lines.filter((line) => line.startsWith(' ')));
    if (result.split(before).length !== 2) throw new Error(`not exactly once in the file:\n${before}`);
    result = result.replace(before, () => joined(lines));
  }
  return result;
}

/** The paths of all files of the copy that differ from the repository's, in order. */
export async function changedFiles(copy: string): Promise<string[]> {
  const changed: string[] = [];
  for (const root of copied) {
    for (const path of await filesIn(copy, root)) {
      const [before, after] = await Promise.all([
        readFile(path, 'utf8').catch(() => null),
        readFile(join(copy, path), 'utf8'),
      ]);
      if (before !== after) changed.push(path);
    }
  }
  return changed.toSorted();
}

async function filesIn(copy: string, root: string): Promise<string[]> {
  if (/\.\w+$/.test(root)) return [root];
  const entries = await readdir(join(copy, root), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(copy.length + 1));
}

export function blockOf(blocks: readonly Block[], path: string): Block {
  return required(
    blocks.find((block) => block.path === path),
    `the page’s block for ${path}`,
  );
}
