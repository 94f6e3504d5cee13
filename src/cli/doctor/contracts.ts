import { getCode, executeReads } from '../../engine/chain/reads.ts';
import { NodeError } from '../../engine/rpc/errors.ts';
import { headerByNumber, headHeader } from '../../engine/chain/headers.ts';
import { probeOf } from '../../tracechain/kind-probe.ts';
import type { ChainNode } from '../../engine/rpc/node.ts';
import type { ConfiguredContract } from '../../engine/settings.ts';
import { fail, ok, warn } from './check.ts';
import type { Finding } from './check.ts';

/** Checks that each contract has code, had it at its start block and not before, and that the node still has that state. */
export async function checkContracts(
  node: ChainNode,
  contracts: readonly ConfiguredContract[],
  head: number,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const contract of contracts) {
    const finding = await checkContract(node, contract, head);
    findings.push(finding);
    if (finding.level !== 'fail') findings.push(...(await checkKind(node, contract)));
  }
  return findings;
}

/** Calls a getter of the contract's kind: of a contract of another kind, nothing could be decoded. */
async function checkKind(node: ChainNode, { address, kind }: ConfiguredContract): Promise<Finding[]> {
  const probe = probeOf(kind);
  if (probe === null) return [];
  const { hash } = await headHeader(node);
  const [[result] = []] = await executeReads(
    node,
    [{ blockHash: hash, requests: [probe.request(address)] }],
    { maximumBytes: probeBytes },
  );
  if (result === undefined || result.status === 'unavailable' || probe.isAnswered(result)) return [];
  return [
    warn(
      'contracts',
      `kind of ${address}`,
      `it does not answer ${probe.getter}() as a ${kind} does: it may be of another kind`,
      'Correct the kind or the address.',
    ),
  ];
}

const probeBytes = 4_096;

async function checkContract(node: ChainNode, contract: ConfiguredContract, head: number): Promise<Finding> {
  const { address, kind, startBlock } = contract;
  const subject = `${kind} ${address}`;
  if ((await getCode(node, address, 'latest')) === '0x') {
    return fail(
      'contracts',
      subject,
      'has no code',
      'Correct the address, or RPC_URL if it serves another chain.',
    );
  }
  if (startBlock > head) {
    return fail(
      'contracts',
      subject,
      `starts at block ${startBlock}, past the head ${head}`,
      'Correct startBlock.',
    );
  }
  try {
    if (!(await hadCode(node, contract, startBlock))) {
      return warn(
        'contracts',
        subject,
        `has no code at block ${startBlock} yet: it was created later`,
        'Set startBlock to the block that created it, to avoid fetching earlier blocks.',
      );
    }
    if (startBlock > 0 && (await hadCode(node, contract, startBlock - 1))) {
      return fail(
        'contracts',
        subject,
        `existed before block ${startBlock}: its earlier logs would be missing, and the daemon refuses to start`,
        'Set startBlock to the block that created it.',
      );
    }
    return ok('contracts', subject, `created in block ${startBlock}, whose state the node has`);
  } catch (error) {
    if (!(error instanceof NodeError) || error.kind !== 'state-unavailable') throw error;
    return warn(
      'contracts',
      subject,
      `the node no longer has the state at block ${startBlock}: values from contract reads will be null there`,
      'Use a node that keeps the state of old blocks (an archive node).',
    );
  }
}

async function hadCode(node: ChainNode, { address }: ConfiguredContract, block: number): Promise<boolean> {
  const { hash } = await headerByNumber(node, block);
  return (await getCode(node, address, hash)) !== '0x';
}
