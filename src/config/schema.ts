/** The schema of a valid configuration. Most messages come from the table of keys; those here concern rules that the table can't express. */
import { z } from 'zod';
import { contractKinds, registryKeys } from '../tracechain/contract-kinds.ts';
import type { ContractKind, RegistryKey } from '../engine/contract/kind.ts';
import { toAddress } from '../primitives/hex.ts';
import type { Address } from '../primitives/hex.ts';
import { checksummed, isCronExpression } from './values.ts';
import { defaults, limits } from './keys.ts';
import { hasMisplacedAt } from './secrets.ts';
import { logLevels } from './types.ts';

const registryKeyByKind: Readonly<Partial<Record<ContractKind, RegistryKey>>> = registryKeys;

/** The key of an entry that names the registry of its product ids; null if the kind has none. */
export function registryKeyOf(kind: ContractKind): RegistryKey | null {
  return registryKeyByKind[kind] ?? null;
}

const addressForm = /^0x[0-9a-fA-F]{40}$/;
const oneCase = /^0x(?:[0-9a-f]{40}|[0-9A-F]{40})$/;

/** Any case is accepted, but mixed case is an EIP-55 checksum, which must match: it detects wrong digits. */
const address = z
  .string()
  .regex(addressForm)
  .refine((text) => !addressForm.test(text) || oneCase.test(text) || text === checksummed(text), {
    message:
      'has a wrong checksum: the case of its letters (EIP-55) does not match its digits, so a digit may be wrong',
    params: { fix: 'Copy the address from its source again, or write it in lower case.' },
  })
  .transform((text): Address => toAddress(text));

function whole(name: keyof typeof limits): z.ZodInt {
  return z.int().min(limits[name].min).max(limits[name].max);
}

function urlOf(...protocols: readonly string[]): z.ZodString {
  return z.string().refine((text) => protocols.includes(URL.parse(text)?.protocol ?? ''));
}

function databaseUrl() {
  return urlOf('postgres:', 'postgresql:').refine((text) => !hasMisplacedAt(text), {
    message: 'has an @ after its host, so its password is not encoded as a URL requires',
    params: { fix: 'In the password write %40 for @, %2F for /, %3F for ?, %23 for # and %25 for %.' },
  });
}

function schedule(task: keyof typeof defaults.schedules) {
  return z.union([z.literal(false), z.string().refine(isCronExpression)]).default(defaults.schedules[task]);
}

const contract = z.strictObject({
  kind: z.enum(contractKinds),
  address,
  startBlock: z.int().min(0),
  registry: address.optional(),
  childRegistry: address.optional(),
});

const contracts = z.array(contract).superRefine((entries, context) => {
  const first = new Map<string, number>();
  for (const [index, entry] of entries.entries()) {
    const earlier = first.get(entry.address);
    if (earlier === undefined) first.set(entry.address, index);
    else {
      context.addIssue({
        code: 'custom',
        path: [index, 'address'],
        message: `is the address of contracts[${earlier}] already`,
        params: { fix: 'Keep one entry for each contract.' },
      });
    }
    for (const key of ['registry', 'childRegistry'] as const) {
      const target = entries.find((other) => other.address === entry[key]);
      if (target === undefined || target.kind === 'ProductRegistry') continue;
      context.addIssue({
        code: 'custom',
        path: [index, key],
        message: `is the address of a ${target.kind}`,
        params: { fix: 'Give the address of the ProductRegistry that the product ids refer to.' },
      });
    }
  }
});

/** Every group, and every key in it, is optional. */
export const configurationSchema = z.strictObject({
  database: z
    .strictObject({
      url: databaseUrl().optional(),
      poolSize: whole('poolSize').default(defaults.poolSize),
    })
    .prefault({}),
  chain: z
    .strictObject({
      rpcUrls: z.array(urlOf('http:', 'https:')).readonly().default([]),
      webSocketUrls: z.array(urlOf('ws:', 'wss:')).readonly().default([]),
      chainId: z.int().min(1).optional(),
      finality: z
        .union([z.literal('finalized'), z.strictObject({ depth: whole('depth') })])
        .default(defaults.finality),
      completeness: z.enum(['logs', 'hash', 'bloom', 'receipts']).default(defaults.completeness),
      pollIntervalMs: whole('pollIntervalMs').default(defaults.pollIntervalMs),
      requestTimeoutMs: whole('requestTimeoutMs').default(defaults.requestTimeoutMs),
      multicall3: z.union([z.literal(false), address]).default(toAddress(defaults.multicall3)),
    })
    .prefault({}),
  contracts: contracts.readonly().default([]),
  ingest: z
    .strictObject({
      maximumRangeBlocks: whole('maximumRangeBlocks').default(defaults.maximumRangeBlocks),
      concurrentRanges: whole('concurrentRanges').default(defaults.concurrentRanges),
      maximumAheadBlocks: whole('maximumAheadBlocks').default(defaults.maximumAheadBlocks),
      maximumAheadLogs: whole('maximumAheadLogs').default(defaults.maximumAheadLogs),
      maximumReadBytes: whole('maximumReadBytes').default(defaults.maximumReadBytes),
    })
    .prefault({}),
  projection: z
    .strictObject({
      batchLogs: whole('batchLogs').default(defaults.batchLogs),
      batchBlocks: whole('batchBlocks').default(defaults.batchBlocks),
    })
    .prefault({}),
  maintenance: z
    .strictObject({
      partitions: schedule('partitions'),
      cleanup: schedule('cleanup'),
      analytics: schedule('analytics'),
      refresh: schedule('refresh'),
      analyze: schedule('analyze'),
      vacuum: schedule('vacuum'),
      reindex: schedule('reindex'),
      health: schedule('health'),
      backup: schedule('backup'),
      restoredUrl: databaseUrl().optional(),
      backupMaximumAgeHours: whole('backupMaximumAgeHours').default(defaults.backupMaximumAgeHours),
      deadRowsPercent: whole('deadRowsPercent').default(defaults.deadRowsPercent),
      indexBloatPercent: whole('indexBloatPercent').default(defaults.indexBloatPercent),
      maximumDatabaseGb: whole('maximumDatabaseGb').optional(),
      auditRetentionDays: whole('auditRetentionDays').optional(),
      journalRetentionBlocks: whole('journalRetentionBlocks').optional(),
    })
    .prefault({}),
  audit: z
    .strictObject({
      schedule: schedule('audit'),
      fullSchedule: schedule('fullAudit'),
      repair: z.enum(['none', 'event-less']).default(defaults.auditRepair),
    })
    .prefault({}),
  log: z
    .strictObject({
      level: z.enum(logLevels).default(defaults.logLevel),
      pretty: z.boolean().optional(),
    })
    .prefault({}),
});

export type ValidConfiguration = z.output<typeof configurationSchema>;
