/** Plans a replay: its areas and its blocks. */
import type { ClientBase } from 'pg';
import { z } from 'zod';
import type { BlockReference } from '../rpc/types.ts';
import { lastLedgerBlock } from '../ledger/blocks.ts';
import { readChain } from '../ledger/chains.ts';
import { readCursor } from '../ledger/cursors.ts';
import type { ProjectionSet } from '../projection/projection-set.ts';
import type { Area } from '../projection/projection.ts';
import { journalHorizon, requireJournal } from '../store/as-of.ts';
import { CannotRunError } from '../../primitives/errors.ts';
import { staleWith } from './code-versions.ts';

export interface Plan {
  readonly areas: readonly Area[];
  readonly from: number;
}

/** The request: what to replay. */
export const wish = z.object({
  /** The first block to replay; earlier rows are used as they are. Null replays everything. */
  from: z.int().min(0).nullable(),
  /** Only this area and the areas that depend on it. Null for all. */
  only: z.string().nullable(),
  /** Only stale areas, from the lowest stale block on. */
  stale: z.boolean(),
});

/** The plan, or null if only stale areas are requested and none is stale. */
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
    fix: `Use one of ${areas.join(', ')}.`,
    place: { chainId },
  });
}

/**
 * The block at which the replay can start: at the latest the one after the last final block, because rows of non-final blocks may be
 * undone. Throws a CannotRunError if retention removed the journal entries needed for the rows before it.
 */
async function foldableFrom(client: ClientBase, chainId: number, wanted: number): Promise<number> {
  const last = await lastFoldable(client, chainId);
  const from = Math.min(wanted, (last?.number ?? -1) + 1);
  if (from > 0) await requireJournal(client, chainId, from - 1);
  return from;
}

/** The last block that is final, projected and in the ledger. */
export async function lastFoldable(client: ClientBase, chainId: number): Promise<BlockReference | null> {
  const projected = await readCursor(client, chainId, 'projection');
  const final = (await readChain(client, chainId))?.final ?? null;
  if (projected === null || final === null) return null;
  return await lastLedgerBlock(client, chainId, Math.min(projected.number, final.number));
}

/** The first block whose journal can be compared and rewritten. The journal that retention removed is ignored. */
export async function firstJournaled(client: ClientBase, chainId: number, from: number): Promise<number> {
  const horizon = await journalHorizon(client, chainId);
  return horizon === 0 ? from : Math.max(from, horizon + 1);
}
