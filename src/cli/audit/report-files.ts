/** The two files of a report: the signed JSON, and a readable page. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { access, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { AuditReport, SignedReport } from '../../engine/audit/report/document.ts';
import { fingerprintOf } from '../../engine/audit/report/keys.ts';
import { signReport } from '../../engine/audit/report/sign.ts';
import { CannotRunError } from '../../primitives/errors.ts';
import { reportPage } from './report-page.ts';

export interface WrittenReport {
  readonly file: string;
  readonly pageFile: string;
  readonly sha256: string;
  readonly fingerprint: string;
}

/** Throws a CannotRunError if one of them exists: reports are never overwritten. Called before the audit, which takes long. */
export async function requireNewFiles(file: string): Promise<void> {
  for (const name of [file, pageFileOf(file)]) {
    const isThere = await access(name).then(
      () => true,
      () => false,
    );
    if (isThere)
      throw new CannotRunError(`${name} is there already`, {
        code: 'audit/report-exists',
        fix: 'Name another file: the next report refers to this one.',
      });
  }
}

export async function writeReport(
  file: string,
  report: AuditReport,
  privateKey: KeyObject,
): Promise<WrittenReport> {
  const { text, sha256 } = signReport(report, privateKey);
  const fingerprint = fingerprintOf(createPublicKey(privateKey));
  const pageFile = pageFileOf(file);
  const signed = JSON.parse(text) as SignedReport;
  const written = { file, pageFile, sha256, fingerprint };
  try {
    await writeFile(file, text, { flag: 'wx' });
    await writeFile(pageFile, reportPage({ signed, fingerprint, file: basename(file) }), { flag: 'wx' });
  } catch (error) {
    throw new CannotRunError(`The report can’t be written: ${error instanceof Error ? error.message : ''}`, {
      code: 'audit/report-unwritten',
      fix: 'Name a file in an existing, writable folder.',
      cause: error,
    });
  }
  return written;
}

/** Deletes a report that could not be recorded, so that no later report refers to it. */
export async function removeReport({ file, pageFile }: WrittenReport): Promise<void> {
  await Promise.all([file, pageFile].map(async (name) => await rm(name, { force: true })));
}

function pageFileOf(file: string): string {
  return `${file.replace(/\.json$/, '')}.html`;
}
