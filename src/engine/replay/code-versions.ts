/** Which code folds: the projections' versions of this process, of the daemon, and of the rows that are there. */
import type { ClientBase, Pool } from 'pg';
import { z } from 'zod';
import { readVersions, type StaleArea } from '../ledger/projection-versions.ts';
import { CannotRunError } from '../../primitives/errors.ts';
import type { ProjectionSet } from '../projection/fold.ts';
import { defaultLeadershipTimes, readLeader } from '../leader/leadership.ts';

export const codeVersion = z.object({
  area: z.string(),
  /** Of the code that this process would fold with. */
  command: z.int(),
  /** Of the code that the leading process folds with; null if none leads. */
  daemon: z.int().nullable(),
  /** Recorded in the ledger by the last process that led; null if none has recorded the area. */
  stored: z.int().nullable(),
  /** The first block from which rows of an earlier version are left; null if none are. */
  staleFrom: z.int().nullable(),
});
export type CodeVersion = z.output<typeof codeVersion>;

/** One entry per area of the projections. A leader records its versions before it folds anything, so what is recorded is what it folds with. */
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

/** The areas that a replay is due for with these projections: what the ledger says, and all rows of an area that other code made. */
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

/** Each area's version, for a command to say which code it means. */
export function versionsOf({ projections }: ProjectionSet): Record<string, number> {
  return Object.fromEntries(projections.map(({ area, version }) => [area, version]));
}

/** Throws a CannotRunError if the command line's code has other versions than the code that is to execute the command. */
export function requireSameCode(
  chainId: number,
  wanted: Readonly<Record<string, number>>,
  here: ProjectionSet,
): void {
  const own = versionsOf(here);
  const other = Object.entries(wanted).filter(([area, version]) => own[area] !== version);
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
