/** Signs reports and verifies signed files. */
import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { canonicalJson, type Json, parseJson, readableJson, toJsonValue } from './canonical-json.ts';
import { type AuditReport, reportFormat, type SignedReport } from './document.ts';
import { fingerprintOf } from './keys.ts';

export interface SignedFile {
  /** The file's text. */
  readonly text: string;
  /** In hex: SHA-256 of the report's canonical form, by which the next report names this one. */
  readonly sha256: string;
}

/** Signs a report and returns the file to write. */
export function signReport(report: AuditReport, privateKey: KeyObject): SignedFile {
  const content = toJsonValue(report);
  const canonical = Buffer.from(canonicalJson(content), 'utf8');
  const sha256 = createHash('sha256').update(canonical).digest('hex');
  const publicKey = createPublicKey(privateKey);
  const text = readableJson({
    report: content,
    sha256,
    signature: sign(null, canonical, privateKey).toString('hex'),
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  });
  return { text, sha256 };
}

export type VerifiedReport =
  | {
      readonly isGenuine: true;
      readonly signed: SignedReport;
      /** The fingerprint of the key that signed it. */
      readonly fingerprint: string;
      /** True if that is the given key, or null if no key was given. */
      readonly isGivenKey: true | null;
    }
  | { readonly isGenuine: false; readonly reason: string };

/**
 * Verifies that a file is byte for byte a report as it was signed. Any change is detected, even of whitespace. Without a given key, the key
 * in the file is used; this shows that nothing was changed, but not who signed it.
 */
export function verifyReport(file: Uint8Array, givenKey: KeyObject | null): VerifiedReport {
  const content = parse(file);
  if (typeof content === 'string') return { isGenuine: false, reason: content };
  const { report, sha256, signature, publicKey } = content;
  const canonical = Buffer.from(canonicalJson(report), 'utf8');
  if (createHash('sha256').update(canonical).digest('hex') !== sha256)
    return { isGenuine: false, reason: 'the report does not match its hash: it was changed' };
  const ownKey = readKey(publicKey);
  if (ownKey === null) return { isGenuine: false, reason: 'its public key is invalid' };
  if (givenKey !== null && fingerprintOf(givenKey) !== fingerprintOf(ownKey)) {
    const reason = `it is signed by another key than the given one: ${fingerprintOf(ownKey)}`;
    return { isGenuine: false, reason };
  }
  if (!verify(null, canonical, givenKey ?? ownKey, Buffer.from(signature, 'hex')))
    return { isGenuine: false, reason: 'the signature does not match the key and the report' };
  return {
    isGenuine: true,
    signed: content as unknown as SignedReport,
    fingerprint: fingerprintOf(ownKey),
    isGivenKey: givenKey === null ? null : true,
  };
}

interface Parts {
  readonly [key: string]: Json;
  readonly report: Json;
  readonly sha256: string;
  readonly signature: string;
  readonly publicKey: string;
}

/** The file's parts, or the problem as a clause. */
function parse(file: Uint8Array): Parts | string {
  let text: string;
  let content: Json;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(file);
    content = parseJson(text);
  } catch (error) {
    if (error instanceof TypeError || error instanceof SyntaxError) return 'it is not JSON';
    throw error;
  }
  if (!isParts(content)) return 'it is not an audit report, or has another format';
  if (readableJson(content) !== text) return 'it was changed: its formatting is not that of a report';
  return content;
}

function isParts(content: Json): content is Parts {
  if (!isObject(content) || Object.keys(content).length !== 4) return false;
  const { report, sha256, signature, publicKey } = content;
  return (
    isObject(report) &&
    report['format'] === reportFormat &&
    typeof sha256 === 'string' &&
    typeof signature === 'string' &&
    // Node's hex decoding accepts upper case and trailing characters.
    /^[0-9a-f]{128}$/.test(signature) &&
    typeof publicKey === 'string'
  );
}

function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Accepts only the exported form, because PEM allows many spellings of one key. */
function readKey(pem: string): KeyObject | null {
  try {
    const key = createPublicKey(pem);
    const isPlain = key.export({ type: 'spki', format: 'pem' }).toString() === pem;
    return key.asymmetricKeyType === 'ed25519' && isPlain ? key : null;
  } catch (error) {
    if (error instanceof Error) return null;
    throw error;
  }
}
