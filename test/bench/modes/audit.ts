/**
 * An audit of all that a backfill brought, and the next one after a hundredth of the entities was touched: both by `tracechain audit`,
 * its start and the printing of its result included.
 */
import { encodeFunctionData } from 'viem';
import type { Logger } from 'pino';
import { z } from 'zod';
import { traceTokenAbi } from '../../../abis/index.ts';
import { required } from '../../../src/primitives/errors.ts';
import type { Address } from '../../../src/primitives/hex.ts';
import { type KeptChain, keepChain } from '../chain/kept-chain.ts';
import { blockNumber, finalizingBlocks, mine, playBlock } from '../chain/make.ts';
import type { ChainRecipe } from '../chain/recipe.ts';
import { type CommandSurroundings, timeCommand } from '../processes/command.ts';
import { startDaemon } from '../processes/daemon.ts';
import { startDatabases } from '../processes/database.ts';
import { call } from '../processes/json-rpc.ts';
import { startServingNode } from '../processes/node.ts';
import { untilProjected } from './backfill.ts';

export interface AuditResult {
  readonly mode: 'audit';
  readonly chain: string;
  readonly events: number;
  /** Entities whose state was read from contracts, in the full audit. */
  readonly entities: number;
  readonly seconds: number;
  readonly eventsPerSecond: number;
  readonly entitiesPerSecond: number;
  readonly touchedEntities: number;
  readonly nextEntities: number;
  readonly nextSeconds: number;
}

const touchedPart = 0.01;
const transfersInBlock = 50;

const auditAnswer = z.object({
  entities: z.number(),
  findings: z.array(z.unknown()),
  scope: z.object({ mode: z.enum(['full', 'incremental']) }),
});

export async function* runAudit(
  recipe: ChainRecipe,
  runs: number,
  logger: Logger,
): AsyncGenerator<AuditResult> {
  const chain = await keepChain(recipe, logger);
  await using databases = await startDatabases(logger);
  for (let run = 0; run < runs; run++) {
    const node = await startServingNode(chain.stateFile, logger);
    try {
      yield await measure(chain, {
        databaseUrl: await databases.migrated('audited'),
        rpcUrl: node.rpcUrl,
        contracts: chain.contracts,
      });
    } finally {
      await node.stop();
    }
  }
}

async function measure(chain: KeptChain, surroundings: CommandSurroundings): Promise<AuditResult> {
  await indexUpTo(chain.lastEventBlock, surroundings);
  const full = await audit('full', surroundings);
  const touched = await touch(chain, Math.ceil(full.entities * touchedPart), surroundings.rpcUrl);
  await indexUpTo(touched.lastBlock, surroundings);
  const next = await audit('incremental', surroundings);
  return {
    mode: 'audit',
    chain: chain.recipe.kind,
    events: chain.expected.logs,
    entities: full.entities,
    seconds: full.seconds,
    eventsPerSecond: chain.expected.logs / full.seconds,
    entitiesPerSecond: full.entities / full.seconds,
    touchedEntities: touched.entities,
    nextEntities: next.entities,
    nextSeconds: next.seconds,
  };
}

async function indexUpTo(lastBlock: number, surroundings: CommandSurroundings): Promise<void> {
  const daemon = await startDaemon(surroundings);
  await Promise.race([untilProjected(surroundings.databaseUrl, lastBlock), daemon.failed]);
  await daemon.stop();
}

async function audit(mode: 'full' | 'incremental', surroundings: CommandSurroundings) {
  const commandLine = ['audit', '--format', 'json', ...(mode === 'full' ? ['--full'] : [])];
  const { output, seconds } = await timeCommand(commandLine, surroundings);
  const { entities, findings, scope } = auditAnswer.parse(JSON.parse(output));
  if (findings.length > 0)
    throw new Error(`the audit found ${findings.length} differences where there are none`);
  if (scope.mode !== mode) throw new Error(`the audit was ${scope.mode}, not ${mode}`);
  return { entities, seconds };
}

/** A wei each for so many holders, from another one; and blocks after that, until all of it is final. */
async function touch(chain: KeptChain, entities: number, rpcUrl: string) {
  const token = required(chain.contracts[0], 'the token').address;
  const holders = chain.expected.balances
    .filter(([address, wei]) => wei > BigInt(entities) && address !== token)
    .map(([address]) => address);
  const from = required(holders[0], 'a holder');
  const receivers = holders.slice(1, entities);
  await call(rpcUrl, 'evm_setAutomine', false);
  for (let first = 0; first < receivers.length; first += transfersInBlock) {
    const transactions = receivers
      .slice(first, first + transfersInBlock)
      .map((to) => transfer(token, from, to));
    await playBlock(rpcUrl, { emptyBefore: 0, transactions });
  }
  const lastBlock = await blockNumber(rpcUrl);
  await mine(rpcUrl, finalizingBlocks);
  return { entities: receivers.length + 1, lastBlock };
}

function transfer(token: Address, from: Address, to: Address) {
  const data = encodeFunctionData({ abi: traceTokenAbi, functionName: 'transfer', args: [to, 1n] });
  return { from, to: token, data };
}
