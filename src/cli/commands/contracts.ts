import { Command } from 'commander';
import type { ClientBase } from 'pg';
import type { Configuration } from '../../config/index.ts';
import { openContext } from '../context.ts';
import { findDatabase, withDatabase } from '../database.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatTable, printJson, printLine } from '../output.ts';
import { requireReadableSchema } from '../schema-check.ts';

interface ListedContract {
  readonly chainId: number | null;
  readonly kind: string;
  readonly address: string;
  readonly startBlock: number;
  /** `configuration`, or `factory` for a child that a factory's event announced. */
  readonly source: string;
  readonly factory: string | null;
  readonly registry: string | null;
  /** False for a configured contract that is not in the ledger yet. */
  readonly indexed: boolean;
}

export function contractsCommand(): Command {
  return new Command('contracts')
    .description('list the indexed contracts, their first blocks, and the factories that created them')
    .option('--json', 'one JSON array')
    .addHelpText('after', '\nExamples:\n  $ tracechain contracts\n  $ tracechain contracts --json')
    .action(async (options: { readonly json?: true }, command: Command) => {
      const context = await openContext(command);
      const database = await findDatabase(context);
      const indexed = await withDatabase(database.url, 'contracts', async (client) => {
        await requireReadableSchema(client);
        return readContracts(client);
      });
      const contracts = [...indexed, ...notYetIndexed(context.configuration, indexed)];
      if (options.json) printJson(contracts);
      else printLine(formatContracts(contracts));
      process.exitCode = exitCodes.good;
    });
}

interface ContractRow extends Omit<ListedContract, 'chainId' | 'startBlock' | 'indexed'> {
  readonly chainId: string;
  readonly startBlock: string;
}

async function readContracts(client: ClientBase): Promise<ListedContract[]> {
  const { rows } = await client.query<ContractRow>(`
    select chain_id as "chainId", kind, '0x' || encode(address, 'hex') as address, start_block as "startBlock", source,
           '0x' || encode(factory_address, 'hex') as factory, '0x' || encode(registry_address, 'hex') as registry
      from ledger.contracts
     order by chain_id, start_block, created_log_index nulls first, address`);
  return rows.map((row) => ({
    ...row,
    chainId: Number(row.chainId),
    startBlock: Number(row.startBlock),
    indexed: true,
  }));
}

function notYetIndexed(
  { chain, contracts }: Configuration,
  indexed: readonly ListedContract[],
): ListedContract[] {
  const known = new Set(indexed.map(({ address }) => address));
  return contracts
    .filter(({ address }) => !known.has(address))
    .map(({ kind, address, startBlock, registry }) => ({
      chainId: chain.expectedChainId,
      kind,
      address,
      startBlock,
      source: 'configuration',
      factory: null,
      registry: registry ?? null,
      indexed: false,
    }));
}

function formatContracts(contracts: readonly ListedContract[]): string {
  if (contracts.length === 0) return 'No contract is indexed yet.';
  const severalChains = new Set(contracts.map(({ chainId }) => chainId)).size > 1;
  return formatTable(
    [...(severalChains ? ['chain'] : []), 'kind', 'address', 'since block', 'found through', 'registry'],
    contracts.map((contract) => [
      ...(severalChains ? [String(contract.chainId ?? '')] : []),
      contract.kind,
      contract.address,
      String(contract.startBlock),
      foundThrough(contract),
      contract.registry ?? '',
    ]),
  );
}

function foundThrough({ factory, indexed, source }: ListedContract): string {
  if (!indexed) return 'configuration, not indexed yet';
  return factory === null ? source : `factory ${factory}`;
}
