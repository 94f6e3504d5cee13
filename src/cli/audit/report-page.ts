/** Formats a signed report as a readable, printable page; the signature covers the JSON file only. */
import { findingsText } from '../../engine/audit/report/scope.ts';
import { allProjections } from '../../tracechain/projections.ts';
import type { SignedReport } from '../../engine/audit/report/document.ts';
import { auditSections, factTable, heading, page, proofSections } from './html.ts';

export interface SignedPage {
  readonly signed: SignedReport;
  readonly fingerprint: string;
  /** The signed file's name, without its folder. */
  readonly file: string;
}

export function reportPage({ signed, fingerprint, file }: SignedPage): string {
  const { report, sha256, signature } = signed;
  const { audit, chain, contracts, coverage, digest, proof, versions, previousReport, createdAt } = report;
  return page(`Audit report: chain ${chain.chainId} at block ${chain.block}`, [
    factTable([
      ['Findings', findingsText(audit, allProjections.areas)],
      ['Ledger proven', provenText(proof)],
      ['Chain', `${chain.chainId}, genesis ${chain.genesisHash}`],
      ['Node', chain.node],
      ['Signed', createdAt],
      ['Key', fingerprint],
    ]),
    // The digests below are as of the audited block, even if the tables are further.
    auditSections({ ...audit, digests: null }),
    ...(proof === null ? [] : [proofSections(proof)]),
    heading('Contracts'),
    factTable(
      contracts.map(({ address, kind, startBlock, codeHash }) => [
        kind,
        `${address} since block ${startBlock}, code ${codeHash ?? 'unknown: the node no longer has that state'}`,
      ]),
    ),
    heading('Coverage'),
    factTable([
      ...coverage.intervals.map(
        ({ from, to, completeness, logs }) =>
          [`${from} to ${to}`, `checked to ${completeness}; ${logs} logs`] as const,
      ),
      ...coverage.holes.map(({ from, to, missing }) => [`${from} to ${to}`, `MISSING: ${missing}`] as const),
    ]),
    heading(`Digests as of block ${chain.block}`),
    factTable([
      ...digest.tables.map(({ table, rows, sha256: ofTable }) => [`${table}, ${rows}`, ofTable] as const),
      [`all, ${digest.rows} rows`, digest.sha256],
    ]),
    heading('Made by'),
    factTable([
      ['TraceChain', versions.tracechain],
      ['Node.js', versions.node],
      ['PostgreSQL', versions.postgresql],
      ['Schema', `${versions.schema.migrations} migrations, the last ${versions.schema.lastSha256}`],
      ['Chain’s node', versions.chainClient ?? 'unknown'],
      [
        'Projections',
        Object.entries(versions.projections)
          .map(([area, version]) => `${area} ${version}`)
          .join(', '),
      ],
    ]),
    heading('Signature'),
    factTable([
      ['File', file],
      ['SHA-256', sha256],
      ['Ed25519', signature],
      ['Report before it', previousReport ?? 'none'],
      ['To verify', `npx tracechain audit verify ${file} --key the-operators-key.pub`],
    ]),
  ]);
}

function provenText(proof: SignedReport['report']['proof']): string {
  if (proof === null) return 'no';
  const problems = proof.problems.length + proof.furtherProblems;
  return problems === 0 ? `yes, blocks ${proof.from} to ${proof.to}` : `no: ${problems} problems`;
}
