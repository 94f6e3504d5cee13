/** What a replay folds again: which areas, and which blocks. */
import type { ClientBase } from 'pg';
import { z } from 'zod';
import type { BlockReference } from '../rpc/types.ts';
import { lastLedgerBlock } from '../ledger/blocks.ts';
import { readChain } from '../ledger/chains.ts';
import { readCursor } from '../ledger/cursors.ts';
import type { ProjectionSet } from '../projection/fold.ts';
import type { Area } from '../projection/projection.ts';
import { journalHorizon } from '../store/as-of.ts';
import { CannotRunError } from '../../primitives/errors.ts';
import { staleWith } from './code-versions.ts';
import { requireJournal } from '../store/journal-horizon.ts';

export interface Plan {
  readonly areas: readonly Area[];
  readonly from: number;
}

/** What is asked to be folded again. */
export const wish = z.object({
  /** The first block to be folded again; what came before is taken as it stands. Null folds everything. */
  from: z.int().min(0).nullable(),
  /** Only this area, and those that depend on it. Null for all. */
  only: z.string().nullable(),
  /** Only areas that are stale, from the first block where one is. */
  stale: z.boolean(),
});

/** Null where only what is stale is asked for, and nothing is. */
export async function planOf(
  client: ClientBase,
  chainId: number,
  { from, only, stale }: z.output<typeof wish>,
  projections: ProjectionSet,
): Promise<Plan | null> {
  const due = stale
    ? (await staleWith(client, chainId, projections)).filter(({ area }) => only === null || area === only)
    : null;
  if (only !== null && !projections.isArea(only)) throw unknownArea(only, chainId, projections);
  if (due?.length === 0) return null;
  const chosen =
    due === null
      ? projections.areas.filter((area) => only === null || area === only)
      : projections.areas.filter((area) => due.some((one) => one.area === area));
  const wanted = Math.min(from ?? (due === null ? 0 : Infinity), ...(due ?? []).map((one) => one.from));
  return { areas: projections.withDependents(chosen), from: await foldableFrom(client, chainId, wanted) };
}

function unknownArea(name: string, chainId: number, { areas }: ProjectionSet): CannotRunError {
  return new CannotRunError(`There is no area ${name}.`, {
    code: 'replay/unknown-area',
    fix: `Name one of ${areas.join(', ')}.`,
    place: { chainId },
  });
}

/**
 * Where the fold can begin: at the latest after the last final block, for rows of blocks that may go are no ground to build on. Throws where retention has
 * taken the journal that tells the rows before it.
 */
async function foldableFrom(client: ClientBase, chainId: number, wanted: number): Promise<number> {
  const last = await lastFoldable(client, chainId);
  const from = Math.min(wanted, (last?.number ?? -1) + 1);
  if (from > 0) await requireJournal(client, chainId, from - 1);
  return from;
}

/** The last block that is final, in the tables, and kept by the ledger. */
export async function lastFoldable(client: ClientBase, chainId: number): Promise<BlockReference | null> {
  const projected = await readCursor(client, chainId, 'projection');
  const final = (await readChain(client, chainId))?.final ?? null;
  if (projected === null || final === null) return null;
  return await lastLedgerBlock(client, chainId, Math.min(projected.number, final.number));
}

/** The first block whose journal can be compared and told anew: what retention took stays as it was. */
export async function firstJournaled(client: ClientBase, chainId: number, from: number): Promise<number> {
  const horizon = await journalHorizon(client, chainId);
  return horizon === 0 ? from : Math.max(from, horizon + 1);
}
