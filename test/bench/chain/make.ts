/** Executes a script on anvil, one block at a time. */
import { parseEther } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { z } from 'zod';
import { nftCertificateAbi, productRegistryAbi, traceTokenAbi } from '../../../abis/index.ts';
import {
  connectFixtureClients,
  deployFixture,
  installMulticall3,
} from '../../../contracts-fixtures/deploy.ts';
import { required } from '../../../src/primitives/errors.ts';
import { type Address, toAddress } from '../../../src/primitives/hex.ts';
import { callBatch } from '../processes/json-rpc.ts';
import type { ChainFacts } from './kept-chain.ts';
import { EntityScript } from './entity-script.ts';
import type { ChainRecipe } from './recipe.ts';
import { ChainScript, type ScriptedBlock, type ScriptedChain } from './script.ts';

/** The first of the accounts that anvil unlocks. */
const owner = privateKeyToAccount('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80');
export const chainOwner = toAddress(owner.address);

const secondsPerBlock = 12;
/**
 * More than the distance between anvil's head and its `finalized`, which is two blocks with one slot per
 * epoch.
 */
const finalizingBlocks = 70;
export const shortFinalizingBlocks = 3;
const gasPerTransaction = '0x16e360';
const blocksAtOnce = 200;
/** Anvil refuses a body over 2 MB. */
const transactionsAtOnce = 1_000;
/** The number of failed transactions that an error names. */
const namedTransactions = 10;

const receiptsSchema = z.array(
  z.object({
    status: z.string(),
    transactionIndex: z.string(),
    transactionHash: z.string(),
    from: z.string(),
    to: z.string().nullable(),
    gasUsed: z.string(),
  }),
);
const poolSchema = z.record(z.string(), z.record(z.string(), z.record(z.string(), z.unknown())));

/** The constructors' events: the token mints twice, and all contracts announce their owner. */
const deployed = {
  transfers: 2,
  token: { logs: 3, ownersWei: parseEther('600000000'), ownWei: parseEther('200000000') },
  other: { logs: 1 },
};

export interface DeployedScript {
  readonly contracts: ChainFacts['contracts'];
  readonly script: ScriptedChain;
}

/** Deploys the contracts of the recipe's script; the next block is the script's first. */
export async function deployScript(recipe: ChainRecipe, rpcUrl: string): Promise<DeployedScript> {
  await callBatch(rpcUrl, [['anvil_setBlockTimestampInterval', [secondsPerBlock]]]);
  await installMulticall3(rpcUrl);
  const clients = await connectFixtureClients(rpcUrl, owner);
  const token = await deployFixture(clients, 'TraceToken', traceTokenAbi, [chainOwner]);
  const registry = await deployFixture(clients, 'ProductRegistry', productRegistryAbi, [chainOwner]);
  const contracts: ChainFacts['contracts'] = [{ kind: 'TraceToken', address: token, startBlock: 1 }];
  if (recipe.kind === 'mixed' || recipe.kind === 'entities')
    contracts.push({ kind: 'ProductRegistry', address: registry, startBlock: 2 });
  const scripted = { token, registry, owner: chainOwner };
  if (recipe.kind !== 'entities') {
    await callBatch(rpcUrl, [['evm_setAutomine', [false]]]);
    return { contracts, script: new ChainScript(recipe, scripted) };
  }
  const words = ['Certificates', 'CERT', '', chainOwner] as const;
  const certificate = await deployFixture(clients, 'NFTCertificate', nftCertificateAbi, words);
  contracts.push({ kind: 'NFTCertificate', address: certificate, startBlock: 3 });
  await callBatch(rpcUrl, [['evm_setAutomine', [false]]]);
  return { contracts, script: new EntityScript(recipe, { ...scripted, certificate }) };
}

/** Mines one block with these transactions, none of which may fail; resolves when it is mined. */
export async function playBlock(rpcUrl: string, { emptyBefore, transactions }: ScriptedBlock): Promise<void> {
  if (emptyBefore > 0) await mine(rpcUrl, emptyBefore);
  await send(rpcUrl, transactions);
  await mine(rpcUrl, 1);
}

/**
 * Adds transactions to the pool. Anvil may reorder transactions of one batch, so a transaction that others
 * depend on is sent and acknowledged before them.
 */
export async function send(rpcUrl: string, transactions: ScriptedBlock['transactions']): Promise<void> {
  const nonces = await nextNonces(rpcUrl, [...new Set(transactions.map(({ from }) => from))]);
  let requests: [string, readonly unknown[]][] = [];
  for (const { isAwaited = false, ...sent } of transactions) {
    const nonce = nonces.get(sent.from) ?? 0;
    nonces.set(sent.from, nonce + 1);
    const transaction = { gas: gasPerTransaction, ...sent, nonce: hex(nonce), gasPrice: '0x0' };
    requests.push(['eth_sendTransaction', [transaction]]);
    if (!isAwaited && requests.length < transactionsAtOnce) continue;
    await callBatch(rpcUrl, requests);
    requests = [];
  }
  if (requests.length > 0) await callBatch(rpcUrl, requests);
}

/**
 * Anvil processes a batch's requests concurrently, and would give two transactions of one sender the same
 * nonce.
 */
async function nextNonces(rpcUrl: string, senders: readonly Address[]): Promise<Map<Address, number>> {
  const counts = await callBatch(
    rpcUrl,
    senders.map((sender) => ['eth_getTransactionCount', [sender, 'pending']]),
  );
  return new Map(senders.map((sender, index) => [sender, Number(counts[index])]));
}

export async function makeChain(recipe: ChainRecipe, rpcUrl: string): Promise<ChainFacts> {
  const { contracts, script } = await deployScript(recipe, rpcUrl);
  for (const block of script.blocks()) await playBlock(rpcUrl, block);
  const lastEventBlock = await blockNumber(rpcUrl);
  await mine(rpcUrl, recipe.kind === 'entities' ? shortFinalizingBlocks : finalizingBlocks);
  const facts = { contracts, lastEventBlock, expected: expectedRows(contracts, script) };
  await checkPlayed(rpcUrl, facts);
  return facts;
}

/** Throws if the chain lacks logs that the script made, and names the first failed transactions. */
export async function checkPlayed(rpcUrl: string, facts: ChainFacts): Promise<void> {
  const logs = await countLogs(rpcUrl, facts);
  if (logs === facts.expected.logs) return;
  const blamed = [
    ...(await revertedTransactions(rpcUrl, facts.lastEventBlock)),
    ...(await leftInPool(rpcUrl)),
  ];
  throw new Error(
    [
      `the chain has ${logs} logs where the script has ${facts.expected.logs}; ${blamed.length} transactions reverted or weren't mined:`,
      ...blamed.slice(0, namedTransactions),
    ].join('\n'),
  );
}

/** Returns the rows that must exist once everything that the script has done so far is indexed. */
export function expectedRows(
  contracts: ChainFacts['contracts'],
  script: ScriptedChain,
): ChainFacts['expected'] {
  const { logs, balanceChanges, ...counts } = script.outcome();
  const token = required(contracts[0], 'the token').address;
  const balances = new Map(balanceChanges);
  balances.set(chainOwner, (balances.get(chainOwner) ?? 0n) + deployed.token.ownersWei);
  balances.set(token, deployed.token.ownWei);
  return {
    logs: logs + deployed.token.logs + (contracts.length - 1) * deployed.other.logs,
    ...counts,
    transfers: counts.transfers + deployed.transfers,
    balances: [...balances],
  };
}

export async function mine(rpcUrl: string, blocks: number): Promise<void> {
  await callBatch(rpcUrl, [blocks === 1 ? ['evm_mine', []] : ['anvil_mine', [`0x${blocks.toString(16)}`]]]);
}

export async function blockNumber(rpcUrl: string): Promise<number> {
  const [answer] = await callBatch(rpcUrl, [['eth_blockNumber', []]]);
  return Number(z.string().parse(answer));
}

async function countLogs(
  rpcUrl: string,
  { contracts, lastEventBlock }: Pick<ChainFacts, 'contracts' | 'lastEventBlock'>,
): Promise<number> {
  const address = contracts.map((contract) => contract.address);
  let count = 0;
  for (let from = 0; from <= lastEventBlock; from += blocksAtOnce) {
    const range = { fromBlock: hex(from), toBlock: hex(from + blocksAtOnce - 1) };
    const [logs] = await callBatch(rpcUrl, [['eth_getLogs', [{ ...range, address }]]]);
    count += z.array(z.unknown()).parse(logs).length;
  }
  return count;
}

async function revertedTransactions(rpcUrl: string, lastBlock: number): Promise<string[]> {
  const reverted: string[] = [];
  for (let number = 0; number <= lastBlock; number += 1) {
    const [answer] = await callBatch(rpcUrl, [['eth_getBlockReceipts', [hex(number)]]]);
    for (const { status, transactionIndex, ...receipt } of receiptsSchema.parse(answer)) {
      if (Number(status) === 1) continue;
      const place = `block ${number}, transaction ${Number(transactionIndex)}`;
      const { transactionHash, from, to, gasUsed } = receipt;
      reverted.push(
        `${place} (${transactionHash}) from ${from} to ${to}: reverted, ${Number(gasUsed)} gas used`,
      );
    }
  }
  return reverted;
}

async function leftInPool(rpcUrl: string): Promise<string[]> {
  const [answer] = await callBatch(rpcUrl, [['txpool_inspect', []]]);
  return Object.entries(poolSchema.parse(answer)).flatMap(([state, senders]) =>
    Object.entries(senders).flatMap(([sender, transactions]) =>
      Object.keys(transactions).map((nonce) => `transaction ${nonce} of ${sender}: ${state} in the pool`),
    ),
  );
}

function hex(number: number): string {
  return `0x${number.toString(16)}`;
}
