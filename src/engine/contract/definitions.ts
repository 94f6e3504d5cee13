/** The registry of contract kinds. The application's own module registers its definitions once. */
import { InvariantError } from '../../primitives/errors.ts';
import type { ContractKind, KindDefinition } from './kind.ts';

const definitions = new Map<string, KindDefinition>();

/** Registers kinds by name. A later registration of the same name replaces the earlier one. */
export function registerContracts(added: Readonly<Record<string, KindDefinition>>): void {
  for (const [kind, definition] of Object.entries(added)) definitions.set(kind, definition);
}

/** The definition of a kind. Throws an InvariantError if no module registered it. */
export function definitionOf(kind: ContractKind): KindDefinition {
  const found = definitions.get(kind);
  if (found !== undefined) return found;
  const known = [...definitions.keys()].join(', ') || 'none';
  throw new InvariantError(`the contract kind ${kind} is not registered; registered: ${known}`, {
    fix: 'Import the module that registers it before anything is decoded.',
  });
}
