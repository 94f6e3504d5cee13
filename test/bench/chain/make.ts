/** Plays a script on anvil, a block at a time. */
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
/** More than anvil's `finalized` lags behind its head; where an epoch has one slot, it is two blocks. */
const finalizingBlocks = 70;
export const shortFinalizingBlocks = 3;
const gasPerTransaction = '0x16e360';
const blocksAtOnce = 200;
/** Anvil refuses a body over 2 MB. */
const transactionsAtOnce = 1_000;

/** What the constructors emit: the token mints twice, and all contracts name their owner. */
const deployed = {
  transfers: 2,
  token: { logs: 3, ownersWei: parseEther('600000000'), ownWei: parseEther('200000000') },
  other: { logs: 1 },
};

export interface DeployedScript {
  readonly contracts: ChainFacts['contracts'];
  readonly script: ScriptedChain;
}

/** Deploys what the recipe's script needs; the next block is the script's first. */
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

/** Mines one block with these transactions, none of which may fail; answers when it is mined. */
export async function playBlock(rpcUrl: string, { emptyBefore, transactions }: ScriptedBlock): Promise<void> {
  if (emptyBefore > 0) await mine(rpcUrl, emptyBefore);
  await send(rpcUrl, transactions);
  await mine(rpcUrl, 1);
}

/** Puts transactions into the pool: they are mined in this order. */
export async function send(rpcUrl: string, transactions: ScriptedBlock['transactions']): Promise<void> {
  const nonces = await nextNonces(rpcUrl, [...new Set(transactions.map(({ from }) => from))]);
  const requests = transactions.map((sent): [string, readonly unknown[]] => {
    const nonce = nonces.get(sent.from) ?? 0;
    nonces.set(sent.from, nonce + 1);
    return ['eth_sendTransaction', [{ gas: gasPerTransaction, ...sent, nonce: hex(nonce), gasPrice: '0x0' }]];
  });
  for (let start = 0; start < requests.length; start += transactionsAtOnce)
    await callBatch(rpcUrl, requests.slice(start, start + transactionsAtOnce));
}

/** Anvil works on a batch's requests side by side, and would give two transactions of one sender the same nonce. */
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
  const logs = await countLogs(rpcUrl, facts);
  if (logs !== facts.expected.logs)
    throw new Error(`the chain has ${logs} logs where the script has ${facts.expected.logs}`);
  return facts;
}

/** What the tables must hold once everything that the script has done so far is indexed. */
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

function hex(number: number): string {
  return `0x${number.toString(16)}`;
}
