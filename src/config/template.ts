import { defaults } from './keys.ts';

/** The text of a commented `tracechain.config.ts`; `configModule` is the way from that file to src/config/index.ts. */
export function configurationTemplate(configModule: string): string {
  return `// TraceChain's configuration. Environment variables go before it; npx tracechain config shows what is in effect
// and which variable stands for which key, and npx tracechain doctor checks it against the node and the database.
import { defineConfig } from '${configModule}';

export default defineConfig({
  // The database is best given as DATABASE_URL, since its URL holds a password; TLS is as the URL says (sslmode=verify-full).
  database: {
    poolSize: ${defaults.poolSize},
  },

  chain: {
    // Nodes of one chain in order of preference, or RPC_URL. Many providers put a key into the URL: then use the variable.
    // rpcUrls: ['https://node.example.com', 'https://second-node.example.com'],

    // Where new blocks are announced, or WS_URL; without one the head is polled.
    // webSocketUrls: ['wss://node.example.com'],

    // Refuse any other chain than this.
    // chainId: 1,

    // A block is final when the chain says so ('finalized'), or this many blocks behind the head: { depth: 64 }.
    finality: '${defaults.finality}',

    // How far each block's logs are proven complete: 'logs' (the node's word), 'hash', 'bloom' or 'receipts'.
    completeness: '${defaults.completeness}',

    pollIntervalMs: ${defaults.pollIntervalMs},
    requestTimeoutMs: ${String(defaults.requestTimeoutMs).replace(/(\d)(\d{3})$/, '$1_$2')},
  },

  // What is indexed: each contract from the block that created it. Children of factories are found by themselves.
  // Kinds: ProductRegistry, NFTCertificate, NFTFactory, ProductFactory, ComplianceFactory, TraceToken, PaymentContract,
  // RewardsDistributor, ComplianceContract, TraceAccessControl.
  contracts: [
    // { kind: 'ProductRegistry', address: '0x…', startBlock: 19_000_000 },

    // A certificate's, a payment's and a compliance check's product id says nothing without the registry that it means.
    // { kind: 'NFTCertificate', address: '0x…', startBlock: 19_000_010, registry: '0x…' },
    // { kind: 'PaymentContract', address: '0x…', startBlock: 19_000_020, registry: '0x…' },

    // A factory's certificate contracts have none of their own either.
    // { kind: 'NFTFactory', address: '0x…', startBlock: 19_000_030, childRegistry: '0x…' },
  ],

  log: {
    level: '${defaults.logLevel}',
  },
});
`;
}
