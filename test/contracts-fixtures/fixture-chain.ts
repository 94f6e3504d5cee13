/** The fixtures on an anvil of their own, and what tests do with them: transact, and see which logs came in which order. */
import { encodeFunctionData, toEventSelector } from 'viem';
import type { Abi, AbiEvent, Account, ContractFunctionArgs, ContractFunctionName, Log } from 'viem';
import { mnemonicToAccount } from 'viem/accounts';
import * as abis from '../../abis/index.ts';
import { connectFixtureClients, deployFixtures, installMulticall3 } from '../../contracts-fixtures/deploy.ts';
import type { FixtureAddresses, FixtureClients } from '../../contracts-fixtures/deploy.ts';
import { required } from '../../src/primitives/errors.ts';
import type { Address } from '../../src/primitives/hex.ts';
import { startTestAnvil } from '../support/anvil.ts';

/** anvil's own, whose accounts it funds. */
const mnemonic = 'test test test test test test test test test test test junk';
/** Without estimating: a transaction that reverts is mined and seen, not refused. */
const gasLimit = 8_000_000n;

export interface Call {
  readonly to: Address;
  readonly data: `0x${string}`;
}

export interface Outcome {
  readonly status: 'success' | 'reverted';
  readonly logs: readonly Log[];
  /** The logs' event names, in log order. */
  readonly events: readonly string[];
}

export interface FixtureChain extends FixtureClients {
  readonly addresses: FixtureAddresses;
  readonly owner: Account;
  readonly alice: Account;
  readonly bob: Account;
  /** Sends one transaction and waits until it is mined. */
  transact(from: Account, call: Call): Promise<Outcome>;
  stop(): Promise<void>;
}

export async function startFixtureChain(): Promise<FixtureChain> {
  const anvil = await startTestAnvil();
  const [owner, alice, bob] = [0, 1, 2].map((addressIndex) => mnemonicToAccount(mnemonic, { addressIndex }));
  const accounts = {
    owner: required(owner, 'owner'),
    alice: required(alice, 'alice'),
    bob: required(bob, 'bob'),
  };
  const clients = await connectFixtureClients(anvil.rpcUrl, accounts.owner);
  const addresses = await deployFixtures(clients);
  await installMulticall3(anvil.rpcUrl);
  return {
    ...clients,
    ...accounts,
    addresses,
    transact: (from, call) => transact(clients, from, call),
    stop: () => anvil.stop(),
  };
}

/** Calldata by name, checked against the ABI. */
export function callTo<
  const TAbi extends Abi,
  TName extends ContractFunctionName<TAbi, 'nonpayable' | 'payable'>,
>(
  to: Address,
  abi: TAbi,
  functionName: TName,
  callArguments: ContractFunctionArgs<TAbi, 'nonpayable' | 'payable', TName> & readonly unknown[],
): Call {
  const wideAbi: Abi = abi;
  const name: string = functionName;
  return { to, data: encodeFunctionData({ abi: wideAbi, functionName: name, args: callArguments }) };
}

async function transact(
  { publicClient, walletClient }: FixtureClients,
  from: Account,
  { to, data }: Call,
): Promise<Outcome> {
  const hash = await walletClient.sendTransaction({ account: from, to, data, gas: gasLimit });
  const { status, logs } = await publicClient.waitForTransactionReceipt({ hash });
  return { status, logs, events: logs.map((log) => eventOf(log.topics[0]).name) };
}

const eventBySelector: ReadonlyMap<string, AbiEvent> = new Map(
  Object.values<Abi>(abis)
    .flat()
    .filter((entry) => entry.type === 'event')
    .map((event) => [toEventSelector(event), event]),
);

function eventOf(selector: string | undefined): AbiEvent {
  return required(eventBySelector.get(selector ?? ''), `the event ${selector}`);
}
