/** The indexed contracts, with the start block and the origin of each. */
import type { ClientBase } from 'pg';
import type { ContractKind, IndexedContract } from '../contract/kind.ts';
import { type Address, type Hash, hexToBytes } from '../../primitives/hex.ts';
import { hexOf } from './sql.ts';

export interface NewContract extends IndexedContract {
  readonly source: 'configuration' | 'factory';
  /** The block and log in which its factory announced it. */
  readonly createdBlockHash?: Hash;
  readonly createdLogIndex?: number;
}

/** All contracts of a chain, ordered by start block. */
export async function listContracts(client: ClientBase, chainId: number): Promise<IndexedContract[]> {
  const { rows } = await client.query<{
    address: Address;
    kind: ContractKind;
    start_block: number;
    factory_address: Address | null;
    registry_address: Address | null;
  }>(
    `select ${hexOf('address')}, kind, start_block::float8, ${hexOf('factory_address')}, ${hexOf('registry_address')}
     from ledger.contracts where chain_id = $1 order by contracts.start_block, contracts.address`,
    [chainId],
  );
  return rows.map((row) => ({
    chainId,
    address: row.address,
    kind: row.kind,
    startBlock: row.start_block,
    factory: row.factory_address,
    registry: row.registry_address,
  }));
}

/** Adds contracts and returns the new ones. Existing contracts are unchanged. */
export async function addContracts<Contract extends NewContract>(
  client: ClientBase,
  contracts: readonly Contract[],
): Promise<Contract[]> {
  if (contracts.length === 0) return [];
  const { rows } = await client.query<{ chain_id: number; address: Address }>(
    `insert into ledger.contracts (chain_id, address, kind, start_block, source, factory_address,
                                   created_block_hash, created_log_index, registry_address)
     select * from unnest($1::bigint[], $2::bytea[], $3::text[], $4::bigint[], $5::text[], $6::bytea[],
                          $7::bytea[], $8::int[], $9::bytea[])
     on conflict (chain_id, address) do nothing
     returning chain_id::float8, ${hexOf('address')}`,
    [
      contracts.map(({ chainId }) => chainId),
      contracts.map(({ address }) => hexToBytes(address)),
      contracts.map(({ kind }) => kind),
      contracts.map(({ startBlock }) => startBlock),
      contracts.map(({ source }) => source),
      contracts.map(({ factory }) => factory && hexToBytes(factory)),
      contracts.map(({ createdBlockHash }) => createdBlockHash && hexToBytes(createdBlockHash)),
      contracts.map(({ createdLogIndex }) => createdLogIndex),
      contracts.map(({ registry }) => registry && hexToBytes(registry)),
    ],
  );
  const added = new Set(rows.map((row) => `${row.chain_id} ${row.address}`));
  return contracts.filter(({ chainId, address }) => added.has(`${chainId} ${address}`));
}
