/** The law of imports: arrows point down the list of rooms, and the engine does not know the application. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');

/** From the bottom to the top: a file imports from its own room and from those before it. A name with a suffix is a single file. */
const rooms = [
  'abis',
  'contracts-fixtures',
  'src/primitives',
  'src/db',
  'src/engine/register.ts',
  'src/engine/tables.ts',
  'src/engine/rpc',
  'src/engine/chain',
  'src/engine/contract',
  'src/engine/settings.ts',
  'src/engine/ledger',
  'src/engine/source',
  'src/engine/projection',
  'src/engine/store',
  'src/engine/queue',
  'src/engine/leader',
  'src/engine/history',
  'src/engine/audit',
  'src/engine/replay',
  'src/engine/daemon',
  'src/engine/index.ts',
  'src/tracechain',
  'src/operations',
  'src/config',
  'src/devnet',
  'src/cli',
];

interface Import {
  readonly from: string;
  readonly to: string;
}

function filesIn(folder: string): string[] {
  return readdirSync(join(root, folder)).flatMap((name) => {
    const path = `${folder}/${name}`;
    if (statSync(join(root, path)).isDirectory()) return filesIn(path);
    return /\.(?:ts|js)$/.test(name) ? [path] : [];
  });
}

const sources = filesIn('src').map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));

const imports: Import[] = sources.flatMap(({ path, text }) =>
  Array.from(text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'(\.[^']+)'/g), ([, specifier = '']) => ({
    from: path,
    to: relative(root, resolve(root, dirname(path), specifier)),
  })),
);

function roomOf(path: string): number {
  return rooms.findIndex((room) => path === room || path.startsWith(`${room}/`));
}

const shown = ({ from, to }: Import): string => `${from} imports ${to}`;

test('the import statements are found', () => {
  expect(imports.length).toBeGreaterThan(1_000);
});

test('every file of src belongs to a room', () => {
  expect(sources.map(({ path }) => path).filter((path) => roomOf(path) === -1)).toEqual([]);
});

test('no import points to a room further up', () => {
  expect(imports.filter(({ from, to }) => roomOf(to) > roomOf(from)).map(shown)).toEqual([]);
});

test('every import of another folder leads to a room', () => {
  expect(imports.filter(({ to }) => to !== 'package.json' && roomOf(to) === -1).map(shown)).toEqual([]);
});

/** Contracts, tables and areas, as the code and the database write them. Users, standards and system events are the engine's own. */
const applicationNames =
  /\b(?:ProductRegistry|NFTCertificate|NFTFactory|ProductFactory|ComplianceFactory|TraceToken|PaymentContract|RewardsDistributor|ComplianceContract|TraceAccessControl|nftCertificates|nft_certificates|tokenBalances|token_balances|paymentContracts|payment_contracts|productCertifications|complianceCheckpoints|traceTokenTransactions|trace_token_transactions|escrow_transactions|public\.products)\b|'(?:products|certificates|token|staking|payments|rewards|compliance|administration)'/;

test('the engine names no contract, table or area of TraceChain', () => {
  const naming = sources
    .filter(({ path, text }) => path.startsWith('src/engine/') && applicationNames.test(text))
    .map(({ path }) => path);
  expect(naming).toEqual([]);
});
