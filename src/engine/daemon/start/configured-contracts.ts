/** Records the configured contracts in the ledger, and refuses those that it cannot add. */
import type { ClientBase, Pool } from 'pg';
import type { IndexedContract } from '../../contract/kind.ts';
import { withClient, withTransaction } from '../../../db/client.ts';
import { addContracts, listContracts } from '../../ledger/contracts.ts';
import { readCursor } from '../../ledger/cursors.ts';
import { CannotRunError } from '../../../primitives/errors.ts';
import type { Lease } from '../../leader/leadership.ts';
import type { ConfiguredContract } from '../../settings.ts';

/**
 * Records the configured contracts; `examine` may refuse those that the ledger does not have yet. Returns the
 * contracts that are active in already ingested blocks, whose history must be backfilled first.
 *
 * Throws a CannotRunError for a contract that starts before the ledger, or that is recorded with another
 * kind, start block or registry.
 */
export async function recordConfiguredContracts(
  pool: Pool,
  lease: Lease,
  configured: readonly ConfiguredContract[],
  examine: (fresh: readonly ConfiguredContract[]) => Promise<void>,
): Promise<IndexedContract[]> {
  const { chainId } = lease;
  const before = await withClient(pool, async (client) => await listContracts(client, chainId));
  const addresses = new Set(before.map(({ address }) => address));
  await examine(configured.filter(({ address }) => !addresses.has(address)));
  return await withTransaction(pool, async (client) => {
    await lease.fence(client);
    const known = new Map(
      (await listContracts(client, chainId)).map((contract) => [contract.address, contract]),
    );
    const ingested = await readCursor(client, chainId, 'ingest');
    for (const contract of configured) {
      const recorded = known.get(contract.address);
      if (recorded !== undefined) refuseOtherwiseRecorded(chainId, contract, recorded);
      else if (isLate(contract) && contract.startBlock < (await firstCovered(client, chainId)))
        refuseEarlier(chainId, contract);
    }
    const fresh = configured
      .filter(({ address }) => !known.has(address))
      .map((contract) => ({ ...indexed(chainId, contract), source: 'configuration' as const }));
    await addContracts(
      client,
      fresh.filter((contract) => !isLate(contract)),
    );
    return fresh.filter(isLate);

    function isLate({ startBlock }: { readonly startBlock: number }): boolean {
      return ingested !== null && startBlock <= ingested.number;
    }
  });
}

function indexed(
  chainId: number,
  { address, kind, startBlock, registry, childRegistry }: ConfiguredContract,
): IndexedContract {
  return { chainId, address, kind, startBlock, factory: null, registry: registry ?? childRegistry ?? null };
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

/** Returns the first block that the ledger has ingested. */
async function firstCovered(client: ClientBase, chainId: number): Promise<number> {
  const { rows } = await client.query<{ first: number | null }>(
    'select min(from_block)::float8 as first from ledger.coverage where chain_id = $1',
    [chainId],
  );
  return rows[0]?.first ?? 0;
}

function refuseEarlier(chainId: number, { address, startBlock }: ConfiguredContract): never {
  throw new CannotRunError(
    `contracts: ${address} starts at block ${startBlock}, and the ledger begins later`,
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
