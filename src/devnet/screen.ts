/** The screen that `start` prints once the local system is running. */
import type { OwnTransaction } from './own-transaction.ts';

export interface LocalSystemFacts {
  readonly chainId: number;
  readonly rpcUrls: readonly string[];
  /** Null if the chain is not the local devnet. */
  readonly devnet: {
    readonly blockIntervalSeconds: number;
    /** False if the devnet continues from an earlier start. */
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

/** Block numbers; null while unknown. */
export interface SystemProgress {
  readonly head: number | null;
  readonly projected: number | null;
}

/** Formats the screen, without a final line feed. */
export function formatScreen(facts: LocalSystemFacts): string {
  const { database, devnet } = facts;
  const lines = [
    'The local system is running. It listens on this machine only.',
    '',
    `  chain      ${describeChain(facts)}`,
    `             ${facts.rpcUrls.join('  ')}`,
    `  contracts  ${facts.contracts} configured, and the children of their factories: npx tracechain contracts`,
    `  database   PostgreSQL ${database.version}, run by ${database.runsAs}, in ${database.dataFolder}`,
    `             psql '${database.url}'`,
    `             npx tracechain sql   (needs no psql)`,
    `  progress   ${describeProgress(facts.progress)}; npx tracechain status`,
  ];
  if (devnet?.ownTransaction !== undefined) lines.push(...describeOwnTransaction(devnet.ownTransaction));
  lines.push(`  to stop    Ctrl-C; ${describeNextStart(facts)}`);
  return lines.join('\n');
}

function describeProgress({ head, projected }: SystemProgress): string {
  if (head === null) return 'the chain’s head is not known yet';
  return `${projected === null ? 'no block' : `block ${projected}`} of ${head} is projected`;
}

function describeChain({ chainId, devnet }: LocalSystemFacts): string {
  if (devnet === null) return `${chainId}, followed from the configured node`;
  const origin = devnet.isNew ? 'new' : 'continued from the last start';
  return `anvil devnet, chain id ${chainId}, ${origin}, a block every ${devnet.blockIntervalSeconds} s`;
}

/** The command starts at the left margin, so that it can be copied without leading spaces. */
function describeOwnTransaction({ description, command, query }: OwnTransaction): string[] {
  return [
    `  try it     ${description}:`,
    '',
    command,
    '',
    '             and a few seconds later:',
    '',
    `npx tracechain sql "${query}"`,
    '',
  ];
}

function describeNextStart({ devnet }: LocalSystemFacts): string {
  return devnet === null
    ? 'the next start continues from here; start --fresh deletes the local data first'
    : 'npm start continues from here; npm start -- --fresh deletes the local data first';
}
