/** Brings the configured contracts into the ledger, and refuses what the ledger can't take in any more. */
import type { Pool } from 'pg';
import { withClient, withTransaction } from '../db/client.ts';
import { addContracts, listContracts } from '../ledger/contracts.ts';
import { readCursor } from '../ledger/cursors.ts';
import { CannotRunError } from '../primitives/errors.ts';
import type { Lease } from './leadership.ts';
import type { ConfiguredContract } from './settings.ts';

/**
 * Records what is configured; `examine` may refuse what the ledger doesn't have yet. A contract that starts before what was ingested already, or that was recorded with another kind, start or
 * registry, would leave rows that no fold of the chain gives: it is refused with a CannotRunError.
 */
export async function recordConfiguredContracts(
  pool: Pool,
  lease: Lease,
  configured: readonly ConfiguredContract[],
  examine: (fresh: readonly ConfiguredContract[]) => Promise<void>,
): Promise<void> {
  const { chainId } = lease;
  const before = await withClient(pool, async (client) => await listContracts(client, chainId));
  const addresses = new Set(before.map(({ address }) => address));
  await examine(configured.filter(({ address }) => !addresses.has(address)));
  await withTransaction(pool, async (client) => {
    await lease.fence(client);
    const known = new Map(
      (await listContracts(client, chainId)).map((contract) => [contract.address, contract]),
    );
    const ingested = await readCursor(client, chainId, 'ingest');
    for (const contract of configured) {
      const recorded = known.get(contract.address);
      if (recorded !== undefined) refuseOtherwiseRecorded(chainId, contract, recorded);
      else if (ingested !== null && contract.startBlock <= ingested.number)
        refuseLate(chainId, contract, ingested.number);
    }
    const fresh = configured.filter(({ address }) => !known.has(address));
    await addContracts(
      client,
      fresh.map(({ address, kind, startBlock, registry, childRegistry }) => ({
        chainId,
        address,
        kind,
        startBlock,
        factory: null,
        registry: registry ?? childRegistry ?? null,
        source: 'configuration' as const,
      })),
    );
  });
}

interface Recorded {
  readonly kind: string;
  readonly startBlock: number;
  readonly registry: string | null;
}

function refuseOtherwiseRecorded(chainId: number, configured: ConfiguredContract, recorded: Recorded): void {
  const registry = configured.registry ?? configured.childRegistry ?? null;
  const { kind, startBlock } = configured;
  if (recorded.kind === kind && recorded.startBlock === startBlock && recorded.registry === registry) return;
  throw new CannotRunError(
    `contracts: ${configured.address} is configured as ${describe({ kind, startBlock, registry })}, but was indexed as ${describe(recorded)}`,
    {
      code: 'sync/contract-changed',
      fix: 'Restore the entry as it was, or index into a fresh database.',
      place: { chainId, address: configured.address },
    },
  );
}

function refuseLate(chainId: number, { address, startBlock }: ConfiguredContract, ingested: number): never {
  throw new CannotRunError(
    `contracts: ${address} starts at block ${startBlock}, but the ledger already goes to block ${ingested} without it`,
    {
      code: 'sync/contract-late',
      fix: 'Index into a fresh database, with all contracts configured from the beginning.',
      place: { chainId, address },
    },
  );
}

function describe({ kind, startBlock, registry }: Recorded): string {
  return `${kind} from block ${startBlock}${registry === null ? '' : ` with the registry ${registry}`}`;
}
