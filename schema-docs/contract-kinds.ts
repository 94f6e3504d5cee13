/** What the configuration knows of the contract kinds that the areas define, in the file that it reads and on its page. */
import { readFileSync } from 'node:fs';
import type { KindDefinition } from '../src/engine/contract/kind.ts';

export const kindsFile = new URL('../src/tracechain/contract-kinds.ts', import.meta.url);
export const kindsPage = new URL('../docs/configuration.md', import.meta.url);

/** The names in the order of `listed`; those that are not listed yet follow in the order in which they are defined. */
export function orderKinds(listed: readonly string[], defined: readonly string[]): string[] {
  const kept = listed.filter((name) => defined.includes(name));
  return [...kept, ...defined.filter((name) => !kept.includes(name))];
}

/** The content of `kindsFile`, with the kinds in the order of `names`. */
export function renderKinds(
  names: readonly string[],
  definitions: Readonly<Record<string, KindDefinition>>,
): string {
  const keys = names.flatMap((name) => {
    const key = definitions[name]?.registryKey ?? null;
    return key === null ? [] : [`  ${name}: '${key}',\n`];
  });
  return `/** Written by \`npm run generate\` from the areas’ contracts: the configuration needs this much of them without the ABIs. */
export const contractKinds = [
${names.map((name) => `  '${name}',\n`).join('')}] as const;

/** For a kind that needs a product registry: the key of its entry that names the registry. */
export const registryKeys = {
${keys.join('')}} as const;

declare module '../engine/register.ts' {
  interface Register {
    contractKind: (typeof contractKinds)[number];
  }
}
`;
}

/** The content of `kindsPage`: what it is, with the line of kinds replaced. */
export function pageWithKinds(names: readonly string[]): string {
  const line = `Kinds: ${names.map((name) => `\`${name}\``).join(', ')}.`;
  return readFileSync(kindsPage, 'utf8').replace(/^Kinds: `[^.]*\.$/m, line);
}
