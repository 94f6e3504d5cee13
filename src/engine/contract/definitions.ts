/** The definitions of the application's contract kinds, registered once by the application's own module. */
import { InvariantError } from '../../primitives/errors.ts';
import type { ContractKind, KindDefinition } from './kind.ts';

const definitions = new Map<string, KindDefinition>();

/** Makes kinds known by their names. A name that is registered again gets the later definition. */
export function registerContracts(added: Readonly<Record<string, KindDefinition>>): void {
  for (const [kind, definition] of Object.entries(added)) definitions.set(kind, definition);
}

/** Throws an InvariantError for a kind that nobody registered: its application's module was not imported. */
export function definitionOf(kind: ContractKind): KindDefinition {
  const found = definitions.get(kind);
  if (found !== undefined) return found;
  const known = [...definitions.keys()].join(', ') || 'none';
  throw new InvariantError(`the contract kind ${kind} is not registered; registered: ${known}`, {
    fix: 'Import the module that registers it before anything is decoded.',
  });
}
