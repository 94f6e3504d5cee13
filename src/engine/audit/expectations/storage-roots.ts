/**
 * Reads a contract's storage root at a block (EIP-1186), with a proof against the header's state root. An unchanged root proves that no
 * value in the storage has changed.
 */
import { verifyMerkleProof } from '@ethereumjs/mpt';
import { fromRlp } from 'viem';
import { stateAt } from '../../chain/reads.ts';
import { NodeError } from '../../rpc/errors.ts';
import type { ChainNode } from '../../rpc/node.ts';
import { parseArray, parseData, parseObject } from '../../rpc/parse.ts';
import type { BlockHeader } from '../../rpc/types.ts';
import type { RequestOptions } from '../../rpc/node.ts';
import { type Address, bytesToHex, type Hash, hexToBytes, toHash } from '../../../primitives/hex.ts';

/** The storage roots by address. Contracts without a valid proof from the node are omitted. */
export async function readStorageRoots(
  node: ChainNode,
  addresses: readonly Address[],
  block: BlockHeader,
  options: RequestOptions = {},
): Promise<Map<Address, Hash>> {
  const requests = addresses.map((address) => ({
    method: 'eth_getProof',
    params: [address, [], stateAt(block.hash)],
  }));
  const answers = await node.requestBatch(requests, options);
  const roots = new Map<Address, Hash>();
  for (const [index, address] of addresses.entries()) {
    const answer = answers[index];
    if (answer?.ok !== true) continue;
    const root = await provenRoot(answer.result, address, block.stateRoot);
    if (root !== null) roots.set(address, root);
  }
  return roots;
}

/** Null if the proof does not connect the account to the state root, and therefore proves nothing. */
async function provenRoot(answer: unknown, address: Address, stateRoot: Hash): Promise<Hash | null> {
  const nodes = parseArray(parseObject(answer, 'proof')['accountProof'], 'proof.accountProof');
  const proof = nodes.map((one) => hexToBytes(parseData(one, 'proof.accountProof')));
  try {
    const account = await verifyMerkleProof(hexToBytes(address), proof, {
      root: hexToBytes(stateRoot),
      useKeyHashing: true,
    });
    if (account === null) return null;
    // nonce, balance, storage root, code hash
    const fields = fromRlp(bytesToHex(account), 'hex');
    const root = Array.isArray(fields) ? fields[2] : undefined;
    return typeof root === 'string' ? toHash(root) : null;
  } catch (error) {
    if (error instanceof NodeError) throw error;
    return null;
  }
}
