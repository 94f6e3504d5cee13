/** Puts the fixtures on a development chain, one of each of the ten contracts, wired together. */
import {
  createPublicClient,
  createTestClient,
  createWalletClient,
  defineChain,
  http,
  parseEther,
} from 'viem';
import type {
  Abi,
  Account,
  Chain,
  ContractConstructorArgs,
  PublicClient,
  TransactionReceipt,
  Transport,
  WalletClient,
} from 'viem';
import {
  complianceContractAbi,
  complianceFactoryAbi,
  nftCertificateAbi,
  nftFactoryAbi,
  paymentContractAbi,
  productFactoryAbi,
  productRegistryAbi,
  rewardsDistributorAbi,
  traceAccessControlAbi,
  traceTokenAbi,
} from '../abis/index.ts';
import { InvariantError, required } from '../src/primitives/errors.ts';
import { toAddress } from '../src/primitives/hex.ts';
import type { Address, Hex } from '../src/primitives/hex.ts';
import { readArtifact } from './artifacts.ts';
import type { FixtureName } from './artifacts.ts';

export interface FixtureClients {
  readonly publicClient: PublicClient;
  /** Its account deploys everything, and owns it. */
  readonly walletClient: WalletClient<Transport, Chain, Account>;
}

export interface FixtureAddresses {
  readonly productRegistry: Address;
  readonly nftCertificate: Address;
  readonly nftFactory: Address;
  readonly productFactory: Address;
  readonly complianceFactory: Address;
  readonly traceToken: Address;
  readonly paymentContract: Address;
  readonly rewardsDistributor: Address;
  readonly complianceContract: Address;
  readonly traceAccessControl: Address;
}

/** Where Multicall3 is on every chain that has it. */
export const multicall3Address = toAddress('0xcA11bde05977b3631167028862bE2a173976CA11');

/** Basis points. */
const platformFeePercentage = 250n;

/** The categories that `processUserAction` rewards from the start, in wei an action. */
export const rewardRates = {
  product_registration: parseEther('10'),
  checkpoint_added: parseEther('5'),
  certificate_verified: parseEther('2'),
} as const;

/** A development chain mines at once or within a second or so: asking more often than viem does saves most of a start. */
const pollingIntervalMs = 25;

export async function connectFixtureClients(rpcUrl: string, account: Account): Promise<FixtureClients> {
  const transport = http(rpcUrl);
  const chainId = await createPublicClient({ transport }).getChainId();
  const chain = defineChain({
    id: chainId,
    name: 'development chain',
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [rpcUrl] } },
  });
  const options = { chain, transport, pollingInterval: pollingIntervalMs, cacheTime: 0 };
  return {
    publicClient: createPublicClient(options),
    walletClient: createWalletClient({ ...options, account }),
  };
}

/**
 * Deploys and wires the ten contracts: the token lets the distributor distribute, the payment contract and the
 * distributor use the token, the distributor has its `rewardRates`.
 * One transaction after the other, so quickest on a chain that mines each at once.
 */
export async function deployFixtures(clients: FixtureClients): Promise<FixtureAddresses> {
  const owner = clients.walletClient.account.address;
  const productRegistry = await deployFixture(clients, 'ProductRegistry', productRegistryAbi, [owner]);
  const nftCertificate = await deployFixture(clients, 'NFTCertificate', nftCertificateAbi, [
    'TraceChain Certificate',
    'TCC',
    '',
    owner,
  ]);
  const traceToken = await deployFixture(clients, 'TraceToken', traceTokenAbi, [owner]);
  const addresses = {
    productRegistry,
    nftCertificate,
    nftFactory: await deployFixture(clients, 'NFTFactory', nftFactoryAbi, [owner]),
    productFactory: await deployFixture(clients, 'ProductFactory', productFactoryAbi, [owner]),
    complianceFactory: await deployFixture(clients, 'ComplianceFactory', complianceFactoryAbi, [owner]),
    traceToken,
    paymentContract: await deployFixture(clients, 'PaymentContract', paymentContractAbi, [
      traceToken,
      owner,
      platformFeePercentage,
      owner,
    ]),
    rewardsDistributor: await deployFixture(clients, 'RewardsDistributor', rewardsDistributorAbi, [
      traceToken,
      owner,
    ]),
    complianceContract: await deployFixture(clients, 'ComplianceContract', complianceContractAbi, [
      productRegistry,
      nftCertificate,
      traceToken,
      'general',
      owner,
    ]),
    traceAccessControl: await deployFixture(clients, 'TraceAccessControl', traceAccessControlAbi, [owner]),
  };
  await wireRewards(clients, addresses);
  return addresses;
}

async function wireRewards(clients: FixtureClients, addresses: FixtureAddresses): Promise<void> {
  const { walletClient } = clients;
  const token = { address: addresses.traceToken, abi: traceTokenAbi } as const;
  const distributor = { address: addresses.rewardsDistributor, abi: rewardsDistributorAbi } as const;
  const authorized = { functionName: 'setDistributor', args: [distributor.address, true] } as const;
  await waitForSuccess(clients, await walletClient.writeContract({ ...token, ...authorized }));
  for (const [category, rateWei] of Object.entries(rewardRates)) {
    const rate = { functionName: 'setRewardRate', args: [category, rateWei] } as const;
    await waitForSuccess(clients, await walletClient.writeContract({ ...distributor, ...rate }));
    const active = { functionName: 'toggleCategory', args: [category, true] } as const;
    await waitForSuccess(clients, await walletClient.writeContract({ ...distributor, ...active }));
  }
}

/** Deploys one fixture from its committed bytecode and waits until it is mined. */
export async function deployFixture<const TAbi extends Abi>(
  clients: FixtureClients,
  name: FixtureName,
  abi: TAbi,
  constructorArguments: ContractConstructorArgs<TAbi> & readonly unknown[],
): Promise<Address> {
  const { creationCode } = readArtifact(name);
  const wideAbi: Abi = abi;
  const hash = await clients.walletClient.deployContract({
    abi: wideAbi,
    bytecode: creationCode,
    args: constructorArguments,
  });
  const receipt = await waitForSuccess(clients, hash);
  return toAddress(required(receipt.contractAddress, `the address of the deployed ${name}`));
}

async function waitForSuccess({ publicClient }: FixtureClients, hash: Hex): Promise<TransactionReceipt> {
  const receipt = await publicClient.waitForTransactionReceipt({ hash });
  if (receipt.status !== 'success') {
    throw new InvariantError('a transaction of the fixtures was reverted', {
      place: { blockNumber: Number(receipt.blockNumber), transactionHash: hash },
    });
  }
  return receipt;
}

/** Puts our Multicall3 at its canonical address. Only anvil and its kin can do that. */
export async function installMulticall3(rpcUrl: string): Promise<void> {
  const client = createTestClient({ mode: 'anvil', transport: http(rpcUrl) });
  await client.setCode({ address: multicall3Address, bytecode: readArtifact('Multicall3').runtimeCode });
}
