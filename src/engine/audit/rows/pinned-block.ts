/** Determines the block to audit: final, projected, and equal at the node and in the ledger. */
import type { ClientBase } from 'pg';
import { headerByNumber, getChainId } from '../../chain/headers.ts';
import type { ChainNode } from '../../rpc/node.ts';
import type { BlockHeader } from '../../rpc/types.ts';
import { readChain } from '../../ledger/chains.ts';
import { readCursor } from '../../ledger/cursors.ts';
import { CannotRunError } from '../../../primitives/errors.ts';
import { bytesToHex } from '../../../primitives/hex.ts';

/** A block number; an instant, for the last block before it; or null, for the last block that is final and projected. */
export type WantedBlock = number | Date | null;

/** The number of the requested block. Throws a CannotRunError if that block is not final and projected. */
export async function chooseBlock(
  client: ClientBase,
  node: ChainNode,
  chainId: number,
  wanted: WantedBlock,
): Promise<number> {
  const last = await lastAuditable(client, chainId);
  if (wanted === null) return last;
  const number = wanted instanceof Date ? await lastBefore(node, chainId, wanted, last) : wanted;
  if (number <= last) return number;
  throw new CannotRunError(`block ${number} is not final and projected yet; the last such block is ${last}`, {
    code: 'audit/not-final',
    fix: 'Omit --at to audit the last such block, or wait until that block is final.',
    place: { chainId, blockNumber: number },
  });
}

/** The block's header from the node. Throws a CannotRunError unless the node serves the same chain and branch. */
export async function pinBlock(
  client: ClientBase,
  node: ChainNode,
  { chainId, number }: { readonly chainId: number; readonly number: number },
): Promise<BlockHeader> {
  const served = await getChainId(node);
  if (served !== chainId)
    throw new CannotRunError(`the node serves chain ${served}, and the database follows chain ${chainId}`, {
      code: 'audit/other-chain',
      fix: 'Specify a node of that chain with --rpc or in RPC_URL.',
      place: { chainId },
    });
  const header = await headerByNumber(node, number);
  const { rows } = await client.query<{ hash: Buffer }>(
    'select hash from ledger.blocks where chain_id = $1 and number = $2 and is_canonical',
    [chainId, number],
  );
  const [known] = rows;
  if (known === undefined || bytesToHex(known.hash) === header.hash) return header;
  throw new CannotRunError(
    `block ${number} is ${header.hash} at the node and ${bytesToHex(known.hash)} in the ledger`,
    {
      code: 'audit/other-branch',
      fix: 'One of the two is on another branch of a final block: use another node, and check npx tracechain status. If writing is halted, npx tracechain resolve decides.',
      place: { chainId, blockNumber: number, blockHash: header.hash },
    },
  );
}

async function lastAuditable(client: ClientBase, chainId: number): Promise<number> {
  const final = (await readChain(client, chainId))?.final ?? null;
  const projected = await readCursor(client, chainId, 'projection');
  if (final !== null && projected !== null) return Math.min(final.number, projected.number);
  const missing = projected === null ? 'nothing is projected yet' : 'no block is final yet';
  throw new CannotRunError(`there is nothing to audit: ${missing}`, {
    code: 'audit/nothing-final',
    fix: 'Wait until the daemon has caught up with the chain (npx tracechain status).',
    place: { chainId },
  });
}

/** Searches by the headers' timestamps, which never decrease. */
async function lastBefore(node: ChainNode, chainId: number, time: Date, last: number): Promise<number> {
  const seconds = BigInt(Math.ceil(time.getTime() / 1000));
  const isBefore = async (number: number): Promise<boolean> =>
    (await headerByNumber(node, number)).timestamp < seconds;
  let [before, after] = [-1, last + 1];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (await isBefore(middle)) before = middle;
    else after = middle;
  }
  if (before >= 0) return before;
  throw new CannotRunError(`the chain has no block before ${time.toISOString()}`, {
    code: 'audit/before-chain',
    fix: 'Specify a later time or a block number.',
    place: { chainId },
  });
}
