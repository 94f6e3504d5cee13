/**
 * Compares the tables with the contracts' own answers, by an oracle without any code of the daemon: it
 * decodes with viem and asks each contract.
 */
import { findDifferences } from '../../e2e/oracle/compare.ts';
import { readTables } from '../../e2e/oracle/database.ts';
import { expectTables } from '../../e2e/oracle/expect.ts';
import { readHistory } from '../../e2e/oracle/history.ts';
import { publicTables } from '../../e2e/support/settled.ts';
import type { ConfiguredContract } from '../../../src/engine/settings.ts';

const differencesShown = 6;

export async function compareWithContracts(
  databaseUrl: string,
  rpcUrl: string,
  contracts: readonly ConfiguredContract[],
): Promise<string[]> {
  const expected = await expectTables(await readHistory(rpcUrl, contracts));
  const stored = await readTables(databaseUrl, publicTables);
  return findDifferences(expected, stored)
    .slice(0, differencesShown)
    .map((difference) => `by the contracts' answers: ${difference}`);
}
