/** Formats the proof of the ledger, for terminals and pages. */
import type { LedgerProof, ProofProblem } from '../../engine/audit/prove/prove.ts';
import { formatFacts, formatTable } from '../output.ts';

export function proofFacts(proof: LedgerProof): (readonly [name: string, value: string])[] {
  const { from, to, toHash, blocks, logs, receipts, node, problems, furtherProblems } = proof;
  const count = problems.length + furtherProblems;
  return [
    ['blocks', `${from} to ${to}: ${blocks} headers, each hashed and linked to the previous one`],
    ['resting on', toHash === null ? `the node did not return block ${to}` : `block ${to}, ${toHash}`],
    ['receipts', `${receipts}, which produce the roots that the headers commit to`],
    ['logs', `${logs} of indexed contracts in them`],
    ['node', node],
    ...unverified(proof),
    [
      'verdict',
      count === 0 ? 'the ledger has exactly these logs' : `${count} ${count === 1 ? 'problem' : 'problems'}`,
    ],
  ];
}

function unverified({ unverifiedHeaders, unknownHeaderFields }: LedgerProof): (readonly [string, string])[] {
  if (unverifiedHeaders === 0) return [];
  const fields = unknownHeaderFields.length === 0 ? 'some' : unknownHeaderFields.join(', ');
  return [
    ['not verified', `the hashes of ${unverifiedHeaders} headers: they have unknown fields (${fields})`],
  ];
}

export function proofProblemText({ kind, logIndex, transactionHash, detail }: ProofProblem): string {
  const where = logIndex === null ? '' : `, log ${logIndex} of transaction ${transactionHash ?? 'unknown'}`;
  return `${kind}${where}: ${detail}`;
}

const shownProblems = 50;

export function formatProof(proof: LedgerProof): string {
  const { problems, furtherProblems } = proof;
  const rows = problems
    .slice(0, shownProblems)
    .map((problem) => [`block ${problem.blockNumber}`, proofProblemText(problem)]);
  const rest = problems.length - rows.length + furtherProblems;
  return [
    `The ledger, proven against the headers\n${formatFacts(proofFacts(proof))}`,
    rows.length === 0 ? '' : formatTable(['block', 'problem'], rows),
    rest === 0 ? '' : `and ${rest} more`,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}
