/** Plays a script on anvil, a block at a time. */
import { parseEther } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { z } from 'zod';
import { productRegistryAbi, traceTokenAbi } from '../../../abis/index.ts';
import {
  connectFixtureClients,
  deployFixture,
  installMulticall3,
} from '../../../contracts-fixtures/deploy.ts';
import { required } from '../../../src/primitives/errors.ts';
import { toAddress } from '../../../src/primitives/hex.ts';
import { callBatch } from '../processes/json-rpc.ts';
import type { ChainFacts } from './kept-chain.ts';
import type { ChainRecipe } from './recipe.ts';
import { ChainScript, type ScriptedBlock } from './script.ts';

/** The first of the accounts that anvil unlocks. */
const owner = privateKeyToAccount('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80');

const secondsPerBlock = 12;
/** More than anvil's `finalized` lags behind its head. */
export const finalizingBlocks = 70;
const gasPerTransaction = '0x16e360';
const blocksAtOnce = 200;

/** What the constructors emit: the token mints twice, and both contracts name their owner. */
const deployed = {
  transfers: 2,
  token: { logs: 3, ownersWei: parseEther('600000000'), ownWei: parseEther('200000000') },
  registry: { logs: 1 },
};

export interface DeployedScript {
  readonly contracts: ChainFacts['contracts'];
  readonly script: ChainScript;
}

/** Deploys what the recipe's script needs; the next block is the script's first. */
export async function deployScript(recipe: ChainRecipe, rpcUrl: string): Promise<DeployedScript> {
  await callBatch(rpcUrl, [['anvil_setBlockTimestampInterval', [secondsPerBlock]]]);
  await installMulticall3(rpcUrl);
  const clients = await connectFixtureClients(rpcUrl, owner);
  const ownerAddress = toAddress(owner.address);
  const token = await deployFixture(clients, 'TraceToken', traceTokenAbi, [ownerAddress]);
  const registry = await deployFixture(clients, 'ProductRegistry', productRegistryAbi, [ownerAddress]);
  await callBatch(rpcUrl, [['evm_setAutomine', [false]]]);
  const contracts: ChainFacts['contracts'] = [{ kind: 'TraceToken', address: token, startBlock: 1 }];
  if (recipe.kind === 'mixed') contracts.push({ kind: 'ProductRegistry', address: registry, startBlock: 2 });
  return { contracts, script: new ChainScript(recipe, { token, registry, owner: ownerAddress }) };
}

/** Mines one block with these transactions, none of which may fail; answers when it is mined. */
export async function playBlock(rpcUrl: string, { emptyBefore, transactions }: ScriptedBlock): Promise<void> {
  if (emptyBefore > 0) await mine(rpcUrl, emptyBefore);
  await send(rpcUrl, transactions);
  await mine(rpcUrl, 1);
}

/** Puts transactions into the pool: they are mined in this order. */
export async function send(rpcUrl: string, transactions: ScriptedBlock['transactions']): Promise<void> {
  await callBatch(
    rpcUrl,
    transactions.map((sent) => [
      'eth_sendTransaction',
      [{ ...sent, gas: gasPerTransaction, gasPrice: '0x0' }],
    ]),
  );
}

export async function makeChain(recipe: ChainRecipe, rpcUrl: string): Promise<ChainFacts> {
  const { contracts, script } = await deployScript(recipe, rpcUrl);
  for (const block of script.blocks()) await playBlock(rpcUrl, block);
  const lastEventBlock = await blockNumber(rpcUrl);
  await mine(rpcUrl, finalizingBlocks);
  const facts = { contracts, lastEventBlock, expected: expectedRows(contracts, script) };
  const logs = await countLogs(rpcUrl, facts);
  if (logs !== facts.expected.logs)
    throw new Error(`the chain has ${logs} logs where the script has ${facts.expected.logs}`);
  return facts;
}

/** What the tables must hold once everything that the script has done so far is indexed. */
export function expectedRows(
  contracts: ChainFacts['contracts'],
  script: ChainScript,
): ChainFacts['expected'] {
  const { logs, transfers, products, checkpoints, balanceChanges } = script.outcome();
  const token = required(contracts[0], 'the token').address;
  const ownerAddress = toAddress(owner.address);
  const balances = new Map(balanceChanges);
  balances.set(ownerAddress, (balances.get(ownerAddress) ?? 0n) + deployed.token.ownersWei);
  balances.set(token, deployed.token.ownWei);
  return {
    logs: logs + deployed.token.logs + (contracts.length > 1 ? deployed.registry.logs : 0),
    transfers: transfers + deployed.transfers,
    products,
    checkpoints,
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
