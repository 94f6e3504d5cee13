/**
 * Error messages of nodes and gateways whose error code is ambiguous, and their meanings.
 *
 * The first matching row decides. Reverts come first, because a contract chooses the rest of such a message; narrow patterns come before
 * wide ones. Patterns match the message in lower case. Each row contains messages as they were received, and a test classifies all of them:
 * add a row together with its messages.
 */
import { reverts } from './revert-wordings.ts';
import type { NodeErrorKind } from './errors.ts';

export interface Wording {
  /** The nodes or providers that send the message. */
  readonly node: string;
  readonly kind: NodeErrorKind;
  readonly pattern: RegExp;
  /** Code and message, as received. */
  readonly examples: readonly (readonly [code: number, message: string])[];
}

const lostState: readonly Wording[] = [
  {
    node: 'Besu',
    kind: 'state-unavailable',
    pattern: /world state (?:unavailable|not available)/,
    examples: [
      [-32000, 'World state unavailable'],
      [-32001, 'World state not available'],
    ],
  },
  {
    node: 'geth (hash scheme), Arbitrum, OP, BSC',
    kind: 'state-unavailable',
    pattern: /missing trie node/,
    examples: [
      [-32000, 'missing trie node 1a2b (path ) state 0x3c is not available'],
      [-32603, 'missing trie node 1a2b (path ) <nil>'],
    ],
  },
  {
    node: 'geth (path scheme), Reth, Nethermind, anvil',
    kind: 'state-unavailable',
    pattern:
      /(?:historical )?state .*(?:is not available|not available|unavailable|is pruned|already been pruned)|no (?:historical )?state available|state not available|state histories haven't been fully indexed/,
    examples: [
      [-32000, 'historical state 1a2b is not available'],
      [-32000, 'state 0x1a2b is not available, historical state is not available'],
      [-32000, 'state at block #100 is pruned'],
      [-32002, 'No state available for block 0x12'],
      [-32000, 'required historical state unavailable (reexec=128)'],
    ],
  },
  {
    node: 'geth (path scheme, archive index)',
    kind: 'state-unavailable',
    pattern: /^metadata is not found/,
    examples: [[-32000, 'metadata is not found, 0x14a5f1c']],
  },
  {
    node: 'Erigon, Reth, Arbitrum',
    kind: 'state-unavailable',
    pattern:
      /due to pruning|is pruned|(?:been|are|were) pruned|pruned (?:history|state|block)|old data not available/,
    examples: [
      [-32000, 'old data not available due to pruning'],
      [-32000, 'history has been pruned for this block'],
      [-32000, 'pruned history unavailable'],
      [-32000, 'block #1 is pruned'],
    ],
  },
  {
    node: 'providers: archive data not in this plan or node',
    kind: 'state-unavailable',
    pattern:
      /archive (?:data|node|request|state|mode|plan)|(?:lowest|earliest) (?:height|block) is|height is not available/,
    examples: [
      [-32000, 'You need an archive plan to query this block'],
      [-32603, 'height 100 is not available, lowest height is 50'],
      [-32000, 'project ID does not have access to archive state'],
      [-32000, 'Archive requests are not available on this plan'],
    ],
  },
];

const limits: readonly Wording[] = [
  {
    node: 'geth: a range that ends before it begins',
    kind: 'request-refused',
    pattern: /^invalid block range/,
    examples: [[-32000, 'invalid block range params']],
  },
  {
    node: 'geth, Reth, Erigon, gateways',
    kind: 'batch-limit',
    pattern:
      /batch too large|batch (?:size|limit|request)|too many requests in (?:a |the )?batch|batching|(?:calls|requests) in a (?:single )?batch/,
    examples: [
      [-32600, 'batch too large'],
      [-32000, 'batch limit 100 exceeded (can increase by --rpc.batch.limit). Requested batch of size: 200'],
      [-32600, 'Batch size is too large'],
      [-32005, 'The batch request was too large. Max request batch size: 50'],
      [
        31,
        'Batch of more than 3 requests are not allowed on free tier, to use this feature register paid account at drpc.org: batching',
      ],
      [-32014, 'maximum number of calls in a batch exceeded: requests in a single batch'],
    ],
  },
  {
    node: 'Infura, Reth, zkSync, Arbitrum, Blast',
    kind: 'answer-too-big',
    pattern:
      /more than [\d,]+ (?:results|logs)|max(?:imum)? (?:results|logs)|logs matched by query exceeds|too many (?:results|logs)/,
    examples: [
      [-32005, 'query returned more than 10000 results'],
      [-32005, 'query returned more than 10000 results. Try with this block range [0xBDE5F8, 0x102DBCC].'],
      [-32602, 'query exceeds max results 20000, retry with the range 1-2'],
      [-32000, 'logs matched by query exceeds limit of 10000'],
      [-32602, 'Query returned more than 10000 results. Try smaller block range.'],
      [-32005, 'too many logs returned'],
    ],
  },
  {
    node: 'Alchemy, geth, proxyd, QuickNode',
    kind: 'answer-too-big',
    pattern:
      /(?:response|result)(?: size| is)?.*(?:exceed|too (?:large|big)|should not)|exceeds? .*response size/,
    examples: [
      [-32602, 'Log response size exceeded. You can make requests with up to a 2K block range'],
      [-32000, 'Log response size exceeded. Please reduce query block range.'],
      [-32003, 'response too large'],
      [-32000, 'backend response too large'],
      [-32008, 'Response is too big'],
      [-32602, 'response size should not greater than 10000000 bytes'],
    ],
  },
  {
    node: 'geth, Infura, Alchemy, Erigon',
    kind: 'too-slow',
    pattern: /query time(?:out|d out)|execution (?:aborted \()?timeout|execution timed out/,
    examples: [
      [-32000, 'execution aborted (timeout = 5s)'],
      [-32000, 'query timeout exceeded'],
      [
        -32000,
        'Query timeout exceeded. Consider reducing your block range. Based on your parameters and the response size limit, this block range should work: [0x42b950f, 0x435784f]',
      ],
      [-32000, 'execution timeout'],
    ],
  },
  {
    node: 'BSC, PublicNode, Reth, Chainstack, Alchemy, Ankr, Moonbeam, Besu, Nethermind',
    kind: 'range-limit',
    pattern:
      /block range|blocks? distance|max(?:imum)? .*range|max(?:imum)? is set to \d+ blocks|range (?:is )?too (?:large|wide|big)|range limit|ranges over|range exceed|exceeds the range/,
    examples: [
      [-32602, 'query exceeds max block range 100000'],
      [-32701, 'exceed maximum block range: 50000'],
      [-32600, 'Under the Free tier plan, requests with up to a 10 block range are served'],
      [-32000, 'block range is too wide (maximum 1024)'],
      [-32000, 'Requested range exceeds maximum RPC range limit'],
      [-32000, 'exceed max block range limit: 5000'],
      [-32000, 'range too large, max is 1k blocks'],
      [-32005, 'block range too large'],
      [-32000, 'Block range limit exceeded. See more details at https://docs.chainstack.com/docs/limits'],
      [-32000, 'Exceeds the range allowed'],
    ],
  },
  {
    node: '1RPC, Base, thirdweb, QuickNode, Gnosis',
    kind: 'range-limit',
    pattern:
      /limited to .*range|number of requested blocks|limit the query to|maximum allowed number of requested blocks/,
    examples: [
      [-32000, 'eth_getLogs is limited to a 1000 blocks range'],
      [-32602, 'eth_getLogs is limited to a 10,000 range'],
      [-32005, 'Maximum allowed number of requested blocks is 3500'],
      [-32000, 'please limit the query to at most 1000 blocks'],
    ],
  },
];

const access: readonly Wording[] = [
  {
    node: 'Infura, Alchemy, QuickNode, dRPC, Ankr',
    kind: 'access-refused',
    pattern:
      /\bunauthori[sz]ed\b|unauthenticated|must be authenticated|\bforbidden\b|invalid (?:api|access|project)[ -]?(?:key|token|id)|(?:api|access) key|token is invalid|not allowed to access|project id is required|(?:app|project|account|endpoint|key) (?:has been |is )?(?:suspended|disabled|inactive|blocked)/,
    examples: [
      [-32600, 'Must be authenticated!'],
      [-32600, 'API key disabled, reason: Monthly capacity exceeded'],
      [-32002, 'invalid project id'],
      [-32000, 'UNAUTHORIZED'],
      [4, 'token is invalid'],
      [-32000, 'Your app has been suspended: monthly quota used up'],
      [-32052, 'API key is not allowed to access blockchain'],
      [-32000, 'Forbidden'],
    ],
  },
  {
    node: 'Alchemy, Infura, Chainstack: compute units and quotas',
    kind: 'rate-limited',
    pattern:
      /(?:capacity|credits?|quota|compute units).*(?:exceeded|reached|used up|limit)|(?:exceeded|reached) .*(?:quota|capacity|free tier)/,
    examples: [
      [-32000, 'Your app has exceeded its compute units per second capacity limit'],
      [
        -32000,
        'Monthly capacity limit exceeded. Visit https://dashboard.alchemyapi.io/settings/billing to upgrade',
      ],
      [-32005, 'you have reached the quota of this month'],
      [-32000, 'You have reached the free tier limits'],
    ],
  },
  {
    node: 'Infura, QuickNode, Ankr, public gateways',
    kind: 'rate-limited',
    pattern:
      /rate.?limit|too many requests|request (?:count|limit|rate)|requests limited to|throttl|usage limit|under too much load|exceeded .*(?:per second|rps)|(?:per second|rps) limit/,
    examples: [
      [-32005, 'project ID request rate exceeded'],
      [-32005, 'daily request count exceeded, request rate limited'],
      [-32000, 'Too Many Requests'],
      [-32016, 'over rate limit'],
      [-32000, 'your requests limited to 50/second'],
      [-32005, 'The app is being throttled'],
      [-32603, 'You exceeded the 15 RPS limit'],
    ],
  },
];

const unknownBlocks: readonly Wording[] = [
  {
    node: 'geth, OP: the tags safe and finalized before there is such a block',
    kind: 'unknown-block',
    pattern: /^(?:finalized|safe|pending) block (?:is )?not (?:found|available)/,
    examples: [
      [-32000, 'finalized block not found'],
      [-32000, 'safe block not found'],
      [-32000, 'pending block is not available'],
    ],
  },
  {
    node: 'Erigon: the same',
    kind: 'unknown-block',
    pattern: /^block "?\w+"? not available/,
    examples: [[-32000, 'block "finalized" not available (head block: 21459236)']],
  },
  {
    node: 'geth, Erigon, Nethermind, Reth, Besu, bor',
    kind: 'unknown-block',
    pattern:
      /header (?:for hash )?not found|unknown block|block (?:\S+ )?(?:was )?not found|(?:cannot|could not|couldn't) find (?:the )?(?:block|header)|not currently canonical|hash is not canonical|resource not found|unknown header/,
    examples: [
      [-32000, 'header not found'],
      [-32000, 'header for hash not found'],
      [-32000, 'hash is not currently canonical'],
      [-32000, 'unknown block'],
      [-32001, 'block not found: hash 0x12'],
      [-32000, 'block not found: 100'],
      [-32000, 'block 100 not found'],
      [-32001, 'Resource not found'],
      [-32000, 'could not find block: 0x12'],
      [-32000, 'Block could not be found: cannot find block 12'],
    ],
  },
  {
    node: 'gateways in front of lagging nodes, Avalanche, Reth, Base',
    kind: 'unknown-block',
    pattern:
      /beyond (?:the )?(?:current )?head|after last accepted block|block is out of range|greater than (?:the )?latest|cannot query unfinalized data|(?:extends|is) beyond current head|height must be less than or equal|ahead of (?:the )?(?:chain )?(?:head|tip)|is in the future/,
    examples: [
      [-32000, 'block range extends beyond current head block'],
      [-32000, 'requested block 100 after last accepted block 99'],
      [-32000, 'cannot query unfinalized data'],
      [-32602, 'fromBlock is greater than latest block'],
      [-32019, 'block is out of range'],
      [-32000, 'block height must be less than or equal to the current blockchain height'],
    ],
  },
];

const failures: readonly Wording[] = [
  {
    node: 'gateways, geth, Besu, QuickNode',
    kind: 'method-unsupported',
    pattern:
      /method .*(?:not (?:found|supported|available|allowed|enabled|whitelisted)|unsupported|does not exist|disabled|is not included in your)|unsupported method|(?:rpc )?(?:method|module) .*(?:blocked|restricted)|method not enabled/,
    examples: [
      [-32000, 'the method eth_getBlockReceipts does not exist/is not available'],
      [-32000, 'Method not enabled'],
      [-32600, 'Unsupported method: eth_getBlockReceipts. See available methods at https://docs.alchemy.com'],
      [-32000, 'rpc method is not whitelisted'],
      [-32000, 'method eth_getLogs is not included in your current plan'],
      [-32000, "Method 'eth_getBlockReceipts' is unsupported"],
    ],
  },
  {
    node: 'geth, dRPC, Nethermind, Besu',
    kind: 'timed-out',
    pattern:
      /request timed out|request timeout|timeout on the free tier|^time(?:out|d out)\b|context deadline exceeded|upstream (?:request )?time/,
    examples: [
      [-32002, 'request timed out'],
      [30, 'Request timeout on the free tier, please upgrade your tier to the paid one'],
      [-32016, 'Timeout'],
      [-32603, 'Timeout expired'],
      [-32000, 'context deadline exceeded'],
      [-32000, 'upstream request timeout'],
    ],
  },
  {
    node: 'every node by JSON-RPC 2.0; Infura, Alchemy, QuickNode, dRPC',
    kind: 'node-failure',
    pattern: /^(?:temporary )?internal (?:server |json-rpc |rpc )?error\b|^server error\.?$|^rpc error$/,
    examples: [
      [-32603, 'Internal error'],
      [-32603, 'Internal server error'],
      [-32603, 'Internal error: too many open files'],
      [-32603, 'Internal JSON-RPC error.'],
      [19, 'Temporary internal error. Please retry, trace-id: 1'],
      [-32000, 'Server error'],
    ],
  },
  {
    node: 'geth, Erigon: stopping, restarting, a panic, a broken store',
    kind: 'node-failure',
    pattern:
      /^context cancell?ed|method handler crashed|^eof$|unexpected eof|client is (?:shutting down|closed)|database (?:is )?closed|connection (?:refused|reset)|too many open files|^leveldb|^pebble/,
    examples: [
      [-32000, 'context canceled'],
      [-32603, 'method handler crashed'],
      [-32000, 'EOF'],
      [-32000, 'database closed'],
      [-32000, 'dial tcp 127.0.0.1:8545: connection refused'],
    ],
  },
  {
    node: 'geth, Nethermind, Erigon, Arbitrum: not ready yet',
    kind: 'node-failure',
    pattern:
      /(?:node|client) is (?:not synced|syncing|still syncing)|indexing is in progress|log index (?:is )?not available|(?:is|are) (?:still )?(?:being )?index(?:ed|ing)|starting up|not ready|initiali[sz]ing/,
    examples: [
      [-32002, 'Node is not synced'],
      [-32000, 'transaction indexing is in progress'],
      [-32000, 'log index not available'],
      [-32000, 'node is still syncing'],
    ],
  },
  {
    node: 'proxyd, nginx, Envoy, HAProxy, Alchemy, Ankr, Chainstack, Cloudflare, dRPC',
    kind: 'node-failure',
    pattern:
      /no (?:healthy )?(?:upstream|backends?)|upstream|service (?:is )?(?:temporarily )?unavailable|temporarily unavailable|bad gateway|backend (?:is|returned|offline)|(?:unable to (?:complete|process)|(?:cannot|can't|could not) (?:fulfill|process|handle)) (?:your |the )?request|server (?:is )?(?:busy|overloaded)|(?:please )?(?:re)?try again|no response|non-json-rpc response/,
    examples: [
      [-32000, 'Unable to complete request at this time.'],
      [-32000, 'upstream error'],
      [-32000, 'no healthy upstream'],
      [-32000, 'Service Unavailable'],
      [-32005, 'Service temporarily unavailable'],
      [15, 'Unable to process your request, try again'],
      [-32000, 'server busy'],
      [-32046, 'Cannot fulfill request'],
      [-32011, 'no backends available for method'],
      [-32010, 'backend returned an invalid response'],
    ],
  },
];

export const wordings: readonly Wording[] = [
  ...reverts,
  ...lostState,
  ...unknownBlocks,
  ...limits,
  ...access,
  ...failures,
];
