/** Compares three projection versions: those of this process's code, of the daemon's code, and of the code that made the existing rows. */
import type { ClientBase, Pool } from 'pg';
import { z } from 'zod';
import { readVersions, type StaleArea } from '../ledger/projection-versions.ts';
import { CannotRunError } from '../../primitives/errors.ts';
import type { ProjectionSet } from '../projection/projection-set.ts';
import { defaultLeadershipTimes, readLeader } from '../leader/leadership.ts';

export const codeVersion = z.object({
  area: z.string(),
  /** The version in this process's code. */
  command: z.int(),
  /** The version in the leader's code, or null if no process leads. */
  daemon: z.int().nullable(),
  /** The version that the last leader recorded in the ledger, or null if none is recorded. */
  stored: z.int().nullable(),
  /** The first block with rows of an earlier version, or null if there are none. */
  staleFrom: z.int().nullable(),
});
export type CodeVersion = z.output<typeof codeVersion>;

/** One entry per area. A leader records its versions before its first fold, so the recorded versions are those of its code. */
export async function codeVersions(
  pool: Pool,
  chainId: number,
  { projections }: ProjectionSet,
): Promise<CodeVersion[]> {
  const leader = await readLeader(pool, chainId, defaultLeadershipTimes);
  const recorded = new Map((await readVersions(pool, chainId)).map((one) => [one.area, one]));
  return projections.map(({ area, version }) => {
    const stored = recorded.get(area)?.version ?? null;
    const staleFrom = recorded.get(area)?.staleFrom ?? null;
    return { area, command: version, daemon: leader === null ? null : stored, stored, staleFrom };
  });
}

/**
 * The areas that need a replay with these projections: those that the ledger marks as stale, from their first stale block, and those whose
 * rows other code made, from block 0.
 */
export async function staleWith(
  client: ClientBase,
  chainId: number,
  { projections }: ProjectionSet,
): Promise<StaleArea[]> {
  const code = new Map<string, number>(projections.map(({ area, version }) => [area, version]));
  return (await readVersions(client, chainId)).flatMap(({ area, version, staleFrom }) => {
    const from = version === code.get(area) ? staleFrom : 0;
    return from === null ? [] : [{ area, from }];
  });
}

/** The version of each area, by which a command states its code. */
export function versionsOf({ projections }: ProjectionSet): Record<string, number> {
  return Object.fromEntries(projections.map(({ area, version }) => [area, version]));
}

/** Throws a CannotRunError if the command line and the process that executes the command have different projection versions. */
export function requireSameCode(
  chainId: number,
  required: Readonly<Record<string, number>>,
  here: ProjectionSet,
): void {
  const own = versionsOf(here);
  const other = Object.entries(required).filter(([area, version]) => own[area] !== version);
  if (other.length === 0) return;
  const named = other.map(
    ([area, version]) =>
      `${area} (version ${version} in the command, ${own[area] === undefined ? 'none' : `version ${own[area]}`} in the daemon)`,
  );
  throw new CannotRunError(`The daemon runs other code than this command: ${named.join(', ')}`, {
    code: 'replay/other-code',
    fix: 'Start the daemon with this code, or stop it: then the command itself leads. replay --dry-run always uses the command’s own code.',
    place: { chainId },
  });
}
