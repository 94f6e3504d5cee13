/**
 * An audit of a complete backfill, and a second one after a change of every hundredth entity. Both run
 * `tracechain audit`, and their times include its start and its output. The daemon is stopped meanwhile.
 */
import { encodeFunctionData } from 'viem';
import type { Logger } from 'pino';
import { z } from 'zod';
import { nftCertificateAbi, productRegistryAbi, traceTokenAbi } from '../../../abis/index.ts';
import { required } from '../../../src/primitives/errors.ts';
import type { Address } from '../../../src/primitives/hex.ts';
import { type KeptChain, keepChain } from '../chain/kept-chain.ts';
import { blockNumber, chainOwner, playBlock, shortFinalizingBlocks } from '../chain/make.ts';
import type { ChainRecipe } from '../chain/recipe.ts';
import type { ScriptedTransaction } from '../chain/script.ts';
import { type ExecutionContext, timeCommand } from '../processes/command.ts';
import { startDaemon } from '../processes/daemon.ts';
import { startDatabases } from '../processes/database.ts';
import { call } from '../processes/json-rpc.ts';
import { shortEpochs, startServingNode } from '../processes/node.ts';
import { untilProjected } from './backfill.ts';

export interface AuditResult {
  readonly mode: 'audit';
  readonly chain: string;
  readonly events: number;
  /** The number of entities whose state the full audit read from contracts. */
  readonly entities: number;
  readonly seconds: number;
  readonly eventsPerSecond: number;
  readonly entitiesPerSecond: number;
  readonly touchedEntities: number;
  readonly nextEntities: number;
  readonly nextSeconds: number;
}

const touchesInBlock = 250;
const unfinalTransfers = 50;

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
    const node = await startServingNode(chain.stateFile, logger, undefined, shortEpochs);
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

async function measure(chain: KeptChain, context: ExecutionContext): Promise<AuditResult> {
  const { rpcUrl } = context;
  await call(rpcUrl, 'evm_setAutomine', false);
  await indexUpTo(await playUnfinal(chain, rpcUrl), context);
  const full = await audit('full', context);
  const touchedEntities = await touch(chain, rpcUrl);
  await indexUpTo(await playUnfinal(chain, rpcUrl), context);
  const next = await audit('incremental', context);
  return {
    mode: 'audit',
    chain: chain.recipe.kind,
    events: chain.expected.logs,
    entities: full.entities,
    seconds: full.seconds,
    eventsPerSecond: chain.expected.logs / full.seconds,
    entitiesPerSecond: full.entities / full.seconds,
    touchedEntities,
    nextEntities: next.entities,
    nextSeconds: next.seconds,
  };
}

/**
 * Adds non-final events at the head, the usual state of a chain, so that the tables are ahead of the audited
 * block.
 */
async function playUnfinal(chain: KeptChain, rpcUrl: string): Promise<number> {
  const transactions = transfers(chain).slice(0, unfinalTransfers);
  await playBlock(rpcUrl, { emptyBefore: shortFinalizingBlocks, transactions });
  return await blockNumber(rpcUrl);
}

async function indexUpTo(lastBlock: number, context: ExecutionContext): Promise<void> {
  const daemon = await startDaemon(context);
  await Promise.race([untilProjected(context.databaseUrl, lastBlock), daemon.failed]);
  await daemon.stop();
}

async function audit(mode: 'full' | 'incremental', context: ExecutionContext) {
  const commandLine = ['audit', '--format', 'json', ...(mode === 'full' ? ['--full'] : [])];
  const { output, seconds } = await timeCommand(commandLine, context);
  const { entities, findings, scope } = auditAnswer.parse(JSON.parse(output));
  if (findings.length > 0)
    throw new Error(`the audit found ${findings.length} differences where there are none`);
  if (scope.mode !== mode) throw new Error(`the audit was ${scope.mode}, not ${mode}`);
  return { entities, seconds };
}

/**
 * Changes every hundredth entity of each kind: a holder's balance, a product's journey, a certificate's
 * verifications. Returns the number of changes.
 */
async function touch(chain: KeptChain, rpcUrl: string): Promise<number> {
  const transactions = [...transfers(chain), ...checkpoints(chain), ...verifications(chain)];
  for (let first = 0; first < transactions.length; first += touchesInBlock)
    await playBlock(rpcUrl, {
      emptyBefore: 0,
      transactions: transactions.slice(first, first + touchesInBlock),
    });
  return transactions.length;
}

/** Transfers of one wei to so many holders from another one. */
function transfers(chain: KeptChain): ScriptedTransaction[] {
  const token = contractOf(chain, 'TraceToken');
  const [from, ...others] = chain.expected.balances
    .map(([address]) => address)
    .filter((one) => one !== token);
  const receivers = others.slice(0, hundredthOf(chain.expected.balances.length));
  return receivers.map((to) => ({
    from: required(from, 'a holder'),
    to: token,
    data: encodeFunctionData({ abi: traceTokenAbi, functionName: 'transfer', args: [to, 1n] }),
  }));
}

/** Sent by the registry's owner, who may add checkpoints to every product. */
function checkpoints(chain: KeptChain): ScriptedTransaction[] {
  const { products } = chain.expected;
  return Array.from({ length: hundredthOf(products) }, (_, index) => ({
    from: chainOwner,
    to: contractOf(chain, 'ProductRegistry'),
    data: encodeFunctionData({
      abi: productRegistryAbi,
      functionName: 'addCheckpoint',
      args: [BigInt(1 + index * 100), 'Delivered', 'Rotterdam, cold store 4', ''],
    }),
  }));
}

function verifications(chain: KeptChain): ScriptedTransaction[] {
  const { certificates } = chain.expected;
  return Array.from({ length: hundredthOf(certificates) }, (_, index) => ({
    from: chainOwner,
    to: contractOf(chain, 'NFTCertificate'),
    data: encodeFunctionData({
      abi: nftCertificateAbi,
      functionName: 'verifyCertificate',
      args: [BigInt(index * 100), 'scan', ''],
    }),
  }));
}

function hundredthOf(count: number): number {
  return Math.ceil(count / 100);
}

function contractOf({ contracts }: KeptChain, kind: KeptChain['contracts'][number]['kind']): Address {
  return required(
    contracts.find((contract) => contract.kind === kind),
    kind,
  ).address;
}
