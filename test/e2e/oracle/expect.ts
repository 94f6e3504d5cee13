/** Everything that the tables must hold, by what the contracts and the chain say. */
import { expectAdministration } from './administration.ts';
import { expectCertificates } from './certificates.ts';
import { expectCompliance } from './compliance.ts';
import type { History } from './history.ts';
import { expectPayments } from './payments.ts';
import { expectProducts } from './products.ts';
import { expectRewards } from './rewards.ts';
import { expectToken } from './token.ts';
import type { ExpectedRow, ExpectedTables } from './row.ts';

export async function expectTables(history: History): Promise<ExpectedTables> {
  const areas = await Promise.all(
    [
      expectProducts,
      expectCertificates,
      expectToken,
      expectRewards,
      expectPayments,
      expectCompliance,
      expectAdministration,
    ].map((expectArea) => expectArea(history)),
  );
  const tables: Record<string, ExpectedRow[]> = {};
  // Certificates and compliance contracts both certify products.
  for (const [table, rows] of areas.flatMap((area) => Object.entries(area))) {
    tables[table] = [...(tables[table] ?? []), ...rows];
  }
  return tables;
}
