/** Derives the problems of a chain, each with its fix, from its status. Pure. */
import { haltedFix } from '../engine/ledger/chains.ts';
import { negativeBalancesText } from '../tracechain/token/negative-balances.ts';
import type { Status } from './status.ts';

/** Stable names by which programs distinguish problems. */
export type ProblemCode =
  | 'no-leader'
  | 'halted-reorg'
  | 'halted-write-error'
  | 'node-lost'
  | 'behind'
  | 'not-moving'
  | 'audit-findings'
  | 'stale-areas'
  | 'wrong-kind'
  | 'negative-balances';

export interface Problem {
  readonly code: ProblemCode;
  /** What is wrong: one sentence. */
  readonly message: string;
  /** How to fix it: one or two sentences. */
  readonly fix: string;
}

/** The limits beyond which a delay is a problem. */
export interface StatusLimits {
  /** The maximum age of the last projected block, in seconds. */
  readonly maximumAgeSeconds: number;
  /** The maximum number of blocks between head and rows. */
  readonly maximumLagBlocks: number;
}

export const defaultStatusLimits: StatusLimits = { maximumAgeSeconds: 600, maximumLagBlocks: 100 };

/** The problems of a chain, causes before consequences; empty if nobody needs to act. */
export function problemsOf(status: Status, limits: StatusLimits): Problem[] {
  return [
    ...haltedBy(status),
    ...leaderProblems(status),
    ...nodeProblems(status),
    ...progressProblems(status, limits),
    ...rowProblems(status),
  ];
}

function haltedBy({ latch, parked }: Status): Problem[] {
  const halted: Problem[] = [];
  if (latch !== null)
    halted.push({
      code: 'halted-reorg',
      message: `Writing is halted since ${latch.at}, because the chain contradicts final blocks: ${latch.reason ?? ''}`,
      fix: haltedFix,
    });
  for (const { stream, blockNumber, logIndex, errorCode, error, attempts, parkedAt } of parked) {
    const where = `block ${blockNumber}${logIndex === null ? '' : `, log ${logIndex}`}`;
    halted.push({
      code: 'halted-write-error',
      message: `The ${stream} is halted at ${where} since ${parkedAt}, after ${attempts} attempts: ${errorCode}: ${error}`,
      fix: 'Remove the cause, then run npx tracechain resolve to retry.',
    });
  }
  return halted;
}

function leaderProblems({ leader, heartbeatAt }: Status): Problem[] {
  if (leader !== null) return [];
  const last = heartbeatAt === null ? '' : `; the last heartbeat was at ${heartbeatAt}`;
  return [
    {
      code: 'no-leader',
      message: `No daemon leads the chain, so nothing is written${last}`,
      fix: 'Start the daemon (npx tracechain start); if its service keeps restarting it, its log says why.',
    },
  ];
}

function nodeProblems({ nodeLost }: Status): Problem[] {
  if (nodeLost === null) return [];
  return [
    {
      code: 'node-lost',
      message: `No node has answered since ${nodeLost.since}: ${nodeLost.error}`,
      fix: 'Check the nodes of RPC_URL; npx tracechain doctor checks each of them. The daemon continues when one answers.',
    },
  ];
}

function progressProblems(status: Status, limits: StatusLimits): Problem[] {
  const { lagBlocks, projectedAgeSeconds: age, projectedAt } = status;
  const { maximumAgeSeconds, maximumLagBlocks } = limits;
  const found: Problem[] = [];
  if (lagBlocks !== null && lagBlocks > maximumLagBlocks)
    found.push({
      code: 'behind',
      message: `The rows are ${lagBlocks} blocks behind the head, which is more than ${maximumLagBlocks}`,
      fix: 'During a backfill, wait for its end. Otherwise look for warnings in the daemon’s log. Set --max-lag to allow more.',
    });
  if (age !== null && age > maximumAgeSeconds)
    found.push({
      code: 'not-moving',
      message: `The last block was projected ${Math.floor(age)} s ago, at ${projectedAt ?? ''}, which is more than ${maximumAgeSeconds} s`,
      fix: 'If no other problem explains it, the node serves no new blocks: compare its head with another node’s. Set --max-age to allow more, for a chain that makes blocks more rarely.',
    });
  return found;
}

function rowProblems(status: Status): Problem[] {
  const { openFindings, staleAreas, contractsOfWrongKind, negativeBalances } = status;
  const found: Problem[] = [];
  if (openFindings.count > 0) {
    const classes = Object.entries(openFindings.byClass).map(([name, count]) => `${count} ${name}`);
    found.push({
      code: 'audit-findings',
      message: `Audit findings are open, since ${openFindings.oldest?.openedAt ?? 'an unknown time'}: ${classes.join(', ')}`,
      fix: 'npx tracechain audit shows their current state, and npx tracechain audit --repair repairs changes without an event; an audit that no longer has a finding closes it.',
    });
  }
  if (staleAreas.length > 0)
    found.push({
      code: 'stale-areas',
      message: `Rows are stale, because another version of the code made them: ${staleAreas.map(({ area, from }) => `${area} from block ${from} on`).join(', ')}`,
      fix: 'npx tracechain replay --stale --dry-run shows what would change, and npx tracechain replay --stale applies it.',
    });
  for (const address of contractsOfWrongKind)
    found.push({
      code: 'wrong-kind',
      message: `Nothing of ${address} could be decoded, so its configured kind may be wrong`,
      fix: 'npx tracechain doctor checks the contract; if the kind is wrong, correct it and index again into an empty database.',
    });
  for (const { contract, balances } of negativeBalances)
    found.push({
      code: 'negative-balances',
      message: `Of ${contract}, ${negativeBalancesText(balances)}`,
      fix: 'Correct its startBlock or its address, and index again into an empty database.',
    });
  return found;
}
