/**
 * What a chain says of the contracts, read with viem: every block, transaction and decoded log of theirs, in order. The
 * oracle knows nothing of the indexer: it decodes with viem, finds factories' children by itself, and asks the contracts.
 */
import { createPublicClient, decodeEventLog, decodeFunctionData, http } from 'viem';
import type { ContractEventName, GetEventArgs, Hex, PublicClient } from 'viem';
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
} from '../../../abis/index.ts';

export const abis = {
  ProductRegistry: productRegistryAbi,
  NFTCertificate: nftCertificateAbi,
  NFTFactory: nftFactoryAbi,
  ProductFactory: productFactoryAbi,
  ComplianceFactory: complianceFactoryAbi,
  TraceToken: traceTokenAbi,
  PaymentContract: paymentContractAbi,
  RewardsDistributor: rewardsDistributorAbi,
  ComplianceContract: complianceContractAbi,
  TraceAccessControl: traceAccessControlAbi,
} as const;

export type Kind = keyof typeof abis;

function isKind(name: string): name is Kind {
  return Object.hasOwn(abis, name);
}

/** A contract as it is configured, or as its factory announced it. Addresses in lower case. */
export interface HistoryContract {
  readonly kind: Kind;
  readonly address: Hex;
  /** The registry that its product ids mean. */
  readonly registry?: string | undefined;
  /** For a factory: the registry that its children's product ids mean. */
  readonly childRegistry?: string | undefined;
}

export interface HistoryBlock {
  readonly number: bigint;
  readonly hash: string;
  /** Unix seconds. */
  readonly timestamp: bigint;
}

export interface HistoryTransaction {
  readonly hash: string;
  readonly from: string;
  readonly to: string | null;
  readonly input: Hex;
  readonly gasUsed: bigint;
  readonly gasPrice: bigint;
}

/** A decoded log whose event isn't narrowed yet. */
export interface HistoryEvent {
  readonly kind: Kind;
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly address: Hex;
  readonly block: HistoryBlock;
  readonly transaction: HistoryTransaction;
  readonly logIndex: number;
}

export type EventName<EventKind extends Kind> = ContractEventName<(typeof abis)[EventKind]>;

/** An event of a kind by its name; a union of them is narrowed by `name`. */
export type TypedEvent<EventKind extends Kind, Name extends EventName<EventKind>> =
  Name extends EventName<EventKind>
    ? Omit<HistoryEvent, 'kind' | 'name' | 'args'> & {
        readonly kind: EventKind;
        readonly name: Name;
        readonly args: GetEventArgs<
          (typeof abis)[EventKind],
          Name,
          { EnableUnion: false; IndexedOnly: false; Required: true }
        >;
      }
    : never;

/** A direct call of a contract: the transaction's own calldata. Failed transactions aren't among them. */
export interface HistoryCall {
  readonly kind: Kind;
  readonly address: Hex;
  readonly name: string;
  /** The first four bytes of the calldata: overloaded functions differ in it. */
  readonly selector: string;
  readonly args: readonly unknown[];
  readonly block: HistoryBlock;
  readonly transaction: HistoryTransaction;
}

export interface History {
  readonly client: PublicClient;
  readonly chainId: number;
  readonly head: HistoryBlock;
  /** By address, factories' children included. */
  readonly contracts: ReadonlyMap<string, HistoryContract>;
  /** In the chain's order. */
  readonly events: readonly HistoryEvent[];
  readonly calls: readonly HistoryCall[];
  /** Logs of the contracts that their ABIs don't know. */
  readonly undecodedLogs: number;
}

/** The events of a kind by some of their names, typed, in the chain's order. */
export function eventsOf<EventKind extends Kind, Name extends EventName<EventKind>>(
  history: History,
  kind: EventKind,
  ...names: readonly Name[]
): TypedEvent<EventKind, Name>[] {
  const wanted = new Set<string>(names);
  const found = history.events.filter((event) => event.kind === kind && wanted.has(event.name));
  return found as unknown as TypedEvent<EventKind, Name>[];
}

/** Requests in one JSON-RPC batch. */
const requestsPerBatch = 200;

/** Reads the whole chain up to `head`, or to its latest block. */
export async function readHistory(
  rpcUrl: string,
  configured: readonly (Omit<HistoryContract, 'kind'> & { readonly kind: string })[],
  headNumber?: bigint,
): Promise<History> {
  const client: PublicClient = createPublicClient({
    transport: http(rpcUrl, { batch: { batchSize: requestsPerBatch }, timeout: 60_000 }),
    cacheTime: 0,
  });
  const last = headNumber ?? (await client.getBlockNumber());
  const numbers = Array.from({ length: Number(last) + 1 }, (_, index) => BigInt(index));
  const blocks = await Promise.all(
    numbers.map((blockNumber) => client.getBlock({ blockNumber, includeTransactions: true })),
  );
  const receipts = (
    await Promise.all(
      blocks.flatMap(({ transactions }) =>
        transactions.map(({ hash }) => client.getTransactionReceipt({ hash })),
      ),
    )
  ).toSorted(
    (left, right) =>
      Number(left.blockNumber - right.blockNumber) || left.transactionIndex - right.transactionIndex,
  );

  const blockOf = new Map(
    blocks.map(({ number, hash, timestamp }): [bigint, HistoryBlock] => [
      number,
      { number, hash, timestamp },
    ]),
  );
  const inputs = new Map(
    blocks.flatMap(({ transactions }) => transactions.map((one) => [one.hash, one] as const)),
  );
  const contracts = new Map<string, HistoryContract>(
    configured.map(({ kind, ...contract }) => {
      if (!isKind(kind)) throw new Error(`the oracle doesn't know the kind ${kind}`);
      return [contract.address.toLowerCase(), { ...contract, kind, address: lowerCase(contract.address) }];
    }),
  );
  const transactions = receipts.map((receipt) => {
    const { input, from, to } = known(inputs.get(receipt.transactionHash));
    const transaction: HistoryTransaction = {
      hash: receipt.transactionHash,
      from: from.toLowerCase(),
      to: to?.toLowerCase() ?? null,
      input,
      gasUsed: receipt.gasUsed,
      gasPrice: receipt.effectiveGasPrice,
    };
    return { receipt, transaction, block: known(blockOf.get(receipt.blockNumber)) };
  });

  // A child may emit before its factory has announced it, so the children are found before the logs are decoded.
  const logs = transactions.flatMap(({ receipt, transaction, block }) =>
    receipt.logs.map((log) => ({ log, transaction, block })),
  );
  for (const { log } of logs) {
    const child = childOf(contracts.get(log.address.toLowerCase()), log);
    if (child !== undefined && !contracts.has(child.address)) contracts.set(child.address, child);
  }

  const events: HistoryEvent[] = [];
  let undecodedLogs = 0;
  for (const { log, transaction, block } of logs) {
    const contract = contracts.get(log.address.toLowerCase());
    if (contract === undefined) continue;
    const decoded = decode(contract.kind, log);
    if (decoded === undefined) undecodedLogs += 1;
    else
      events.push({
        kind: contract.kind,
        ...decoded,
        address: contract.address,
        block,
        transaction,
        logIndex: log.logIndex,
      });
  }
  const calls = transactions.flatMap(({ receipt, transaction, block }): HistoryCall[] => {
    const contract = transaction.to === null ? undefined : contracts.get(transaction.to);
    if (contract === undefined || receipt.status !== 'success') return [];
    const call = decodeCall(contract.kind, transaction.input);
    return call === undefined
      ? []
      : [{ kind: contract.kind, address: contract.address, ...call, block, transaction }];
  });
  return {
    client,
    chainId: await client.getChainId(),
    head: known(blockOf.get(last)),
    contracts,
    events,
    calls,
    undecodedLogs,
  };
}

type ClientLog = { readonly topics: readonly Hex[]; readonly data: Hex };

function decode(
  kind: Kind,
  log: ClientLog,
): { name: string; args: Readonly<Record<string, unknown>> } | undefined {
  const [signature, ...rest] = log.topics;
  if (signature === undefined) return undefined;
  try {
    const { eventName, args } = decodeEventLog({
      abi: abis[kind],
      topics: [signature, ...rest],
      data: log.data,
    });
    return { name: eventName, args: lowerAddresses(args) };
  } catch {
    return undefined;
  }
}

function decodeCall(
  kind: Kind,
  data: Hex,
): { name: string; selector: string; args: readonly unknown[] } | undefined {
  try {
    // A function without parameters has no arguments at all, whatever the type says.
    const call: { functionName: string; args?: readonly unknown[] } = decodeFunctionData({
      abi: abis[kind],
      data,
    });
    return { name: call.functionName, selector: data.slice(0, 10), args: call.args ?? [] };
  } catch {
    return undefined;
  }
}

function lowerCase(address: string): Hex {
  return `0x${address.slice(2).toLowerCase()}`;
}

const isAddress = /^0x[0-9a-fA-F]{40}$/;

/** viem gives checksummed addresses; here as in the tables they are in lower case. */
function lowerAddresses(args: unknown): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(args ?? {}).map(([name, value]) => [name, lowerAddress(value)]));
}

function lowerAddress(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lowerAddress);
  return typeof value === 'string' && isAddress.test(value) ? value.toLowerCase() : value;
}

function childOf(factory: HistoryContract | undefined, log: ClientLog): HistoryContract | undefined {
  if (factory === undefined) return undefined;
  const event = decode(factory.kind, log);
  const address = (name: string): Hex => lowerCase(String(event?.args[name]));
  switch (event?.name) {
    case 'RegistryCreated':
      return { kind: 'ProductRegistry', address: address('registryAddress') };
    case 'NFTCertificateDeployed':
      return { kind: 'NFTCertificate', address: address('contractAddress'), registry: factory.childRegistry };
    case 'ComplianceContractCreated':
      return {
        kind: 'ComplianceContract',
        address: address('complianceAddress'),
        registry: address('productRegistry'),
      };
    default:
      return undefined;
  }
}

export function known<Value>(value: Value | null | undefined): Value {
  if (value === null || value === undefined) throw new Error('the chain contradicts itself');
  return value;
}
