/**
 * Checks the code at the configured addresses. A contract must be indexed from its creation, because its rows
 * would otherwise miss their beginning.
 */
import { getCode } from '../../chain/reads.ts';
import { NodeError } from '../../rpc/errors.ts';
import { headerByNumber } from '../../chain/headers.ts';
import type { ChainNode } from '../../rpc/node.ts';
import { CannotRunError } from '../../../primitives/errors.ts';
import type { ConfiguredContract } from '../../settings.ts';

export interface CodeFindings {
  /** Contracts without code at the head: a mistyped address, another chain, or not deployed yet. */
  readonly withoutCode: readonly ConfiguredContract[];
}

/**
 * Returns the contracts without code. Throws a CannotRunError for a contract that had code before its start
 * block. A node without that state cannot answer, and no error is thrown.
 */
export async function examineCode(
  node: ChainNode,
  chainId: number,
  contracts: readonly ConfiguredContract[],
  signal: AbortSignal,
): Promise<CodeFindings> {
  const withoutCode: ConfiguredContract[] = [];
  for (const contract of contracts) {
    if ((await getCode(node, contract.address, 'latest', { signal })) === '0x') withoutCode.push(contract);
    else if (await hadCodeBefore(node, contract, signal)) refuseLateStart(chainId, contract);
  }
  return { withoutCode };
}

async function hadCodeBefore(
  node: ChainNode,
  contract: ConfiguredContract,
  signal: AbortSignal,
): Promise<boolean> {
  if (contract.startBlock === 0) return false;
  try {
    const before = await headerByNumber(node, contract.startBlock - 1, { signal });
    return (await getCode(node, contract.address, before.hash, { signal })) !== '0x';
  } catch (error) {
    const cannotTell =
      error instanceof NodeError && (error.kind === 'state-unavailable' || error.kind === 'unknown-block');
    if (cannotTell) return false;
    throw error;
  }
}

function refuseLateStart(chainId: number, { kind, address, startBlock }: ConfiguredContract): never {
  throw new CannotRunError(
    `contracts: ${kind} ${address} starts at block ${startBlock}, but was there before`,
    {
      code: 'sync/contract-started-late',
      fix: 'Set its startBlock to the block that created it, or an earlier one: what it did before would be missing.',
      place: { chainId, address, blockNumber: startBlock },
    },
  );
}
