/** What `start` says when the local system runs: one screen. */
import type { OwnTransaction } from './own-transaction.ts';

export interface LocalSystemFacts {
  readonly chainId: number;
  readonly rpcUrls: readonly string[];
  /** Null where the chain isn't ours. */
  readonly devnet: {
    readonly blockIntervalSeconds: number;
    /** False where it goes on from an earlier start. */
    readonly isNew: boolean;
    readonly ownTransaction: OwnTransaction | undefined;
  } | null;
  readonly contracts: number;
  readonly database: {
    readonly url: string;
    readonly version: string;
    readonly dataFolder: string;
    readonly runsAs: string;
  };
  readonly progress: SystemProgress;
}

/** Block numbers; null while nothing is known. */
export interface SystemProgress {
  readonly head: number | null;
  readonly projected: number | null;
}

export function formatScreen(facts: LocalSystemFacts): string {
  const { database, devnet } = facts;
  const lines = [
    'The local system runs: everything below is on this machine and for nobody else.',
    '',
    `  chain      ${describeChain(facts)}`,
    `             ${facts.rpcUrls.join('  ')}`,
    `  contracts  ${facts.contracts} configured, and what their factories make: npx tracechain contracts`,
    `  database   PostgreSQL ${database.version}, run by ${database.runsAs}, in ${database.dataFolder}`,
    `             psql '${database.url}'`,
    `             npx tracechain sql   (where there is no psql)`,
    `  how far    ${describeProgress(facts.progress)}; npx tracechain status`,
  ];
  if (devnet?.ownTransaction !== undefined) lines.push(...describeOwnTransaction(devnet.ownTransaction));
  lines.push(`  to stop    Ctrl-C; ${describeNextStart(facts)}`);
  return lines.join('\n');
}

function describeProgress({ head, projected }: SystemProgress): string {
  if (head === null) return 'the chain’s head isn’t known yet';
  return `${projected === null ? 'no block' : `block ${projected}`} of ${head} is in the tables`;
}

function describeChain({ chainId, devnet }: LocalSystemFacts): string {
  if (devnet === null) return `${chainId}, followed from the node that is configured`;
  const origin = devnet.isNew ? 'new' : 'going on where it stopped';
  return `anvil devnet, chain id ${chainId}, ${origin}, a block every ${devnet.blockIntervalSeconds} s`;
}

/** The command stands at the margin, so that what is copied is what is meant. */
function describeOwnTransaction({ description, command, query }: OwnTransaction): string[] {
  return [
    `  your turn  ${description}:`,
    '',
    command,
    '',
    '             and some seconds later:',
    '',
    `npx tracechain sql "${query}"`,
    '',
  ];
}

function describeNextStart({ devnet }: LocalSystemFacts): string {
  return devnet === null
    ? 'the next start goes on from here, with --fresh it begins anew'
    : 'the next npm start goes on from here, npm start -- --fresh begins anew';
}
