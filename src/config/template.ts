import { contractKinds } from '../tracechain/contract-kinds.ts';
import { defaults } from './keys.ts';

const maximumColumns = 120;

/** The comment that lists the kinds, in lines of at most `maximumColumns`. */
function kindsComment(): string {
  const lines = ['  // Kinds:'];
  for (const [index, kind] of contractKinds.entries()) {
    const item = `${kind}${index === contractKinds.length - 1 ? '.' : ','}`;
    const longer = `${lines.at(-1)} ${item}`;
    if (longer.length <= maximumColumns) lines[lines.length - 1] = longer;
    else lines.push(`  // ${item}`);
  }
  return lines.join('\n');
}

/** Returns the text of a commented `tracechain.config.ts`; `configModule` is the path from that file to src/config/index.ts. */
export function configurationTemplate(configModule: string): string {
  return `// TraceChain's configuration. Environment variables override it; npx tracechain config shows the effective values
// and the variable of each key, and npx tracechain doctor checks them against the node and the database.
import { defineConfig } from '${configModule}';

export default defineConfig({
  // Prefer DATABASE_URL for the database, because its URL contains a password. The URL configures TLS (sslmode=verify-full).
  database: {
    poolSize: ${defaults.poolSize},
  },

  chain: {
    // Nodes of one chain in order of preference. If the URL contains a provider's key, use the variable RPC_URL.
    // rpcUrls: ['https://node.example.com', 'https://second-node.example.com'],

    // WebSockets that announce new blocks, or WS_URL; without one, the daemon polls the head.
    // webSocketUrls: ['wss://node.example.com'],

    // Refuse any other chain.
    // chainId: 1,

    // A block is final by the chain's tag ('finalized'), or at a depth behind the head: { depth: 64 }.
    finality: '${defaults.finality}',

    // How far each block's logs are proven complete: 'logs' (not at all), 'hash', 'bloom' or 'receipts'.
    completeness: '${defaults.completeness}',

    pollIntervalMs: ${defaults.pollIntervalMs},
    requestTimeoutMs: ${String(defaults.requestTimeoutMs).replace(/(\d)(\d{3})$/, '$1_$2')},
  },

  // The contracts to index, each with the block that created it. The daemon finds children of factories itself.
${kindsComment()}
  contracts: [
    // { kind: 'ProductRegistry', address: '0x…', startBlock: 19_000_000 },

    // The product ids of certificates, payments and compliance checks refer to a registry: name it.
    // { kind: 'NFTCertificate', address: '0x…', startBlock: 19_000_010, registry: '0x…' },
    // { kind: 'PaymentContract', address: '0x…', startBlock: 19_000_020, registry: '0x…' },

    // For the certificate contracts of a factory, name it with the factory.
    // { kind: 'NFTFactory', address: '0x…', startBlock: 19_000_030, childRegistry: '0x…' },
  ],

  log: {
    level: '${defaults.logLevel}',
  },
});
`;
}
