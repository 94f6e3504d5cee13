/** Signing a report, and telling whether a file is one that was signed and is as it was. */
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
      /** Of the key that signed it. */
      readonly fingerprint: string;
      /** Whether that is the key that was given; null where none was. */
      readonly isGivenKey: true | null;
    }
  | { readonly isGenuine: false; readonly reason: string };

/**
 * Whether a file is a report as it was signed, to the byte: whoever changes one, be it a space, is noticed. With no key given
 * it is held against the one that is in it, which says that nothing was changed, but not by whom it was signed.
 */
export function verifyReport(file: Uint8Array, givenKey: KeyObject | null): VerifiedReport {
  const content = parse(file);
  if (typeof content === 'string') return { isGenuine: false, reason: content };
  const { report, sha256, signature, publicKey } = content;
  const canonical = Buffer.from(canonicalJson(report), 'utf8');
  if (createHash('sha256').update(canonical).digest('hex') !== sha256)
    return { isGenuine: false, reason: 'the report isn’t the one that its hash is of: it was changed' };
  const ownKey = readKey(publicKey);
  if (ownKey === null) return { isGenuine: false, reason: 'the public key in it is none' };
  if (givenKey !== null && fingerprintOf(givenKey) !== fingerprintOf(ownKey)) {
    const reason = `it is signed by another key than the given one: ${fingerprintOf(ownKey)}`;
    return { isGenuine: false, reason };
  }
  if (!verify(null, canonical, givenKey ?? ownKey, Buffer.from(signature, 'hex')))
    return { isGenuine: false, reason: 'the signature isn’t that key’s over this report' };
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

/** The file's parts; or what is wrong with it, as a sentence's end. */
function parse(file: Uint8Array): Parts | string {
  let text: string;
  let content: Json;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(file);
    content = parseJson(text);
  } catch (error) {
    if (error instanceof TypeError || error instanceof SyntaxError) return 'it is no JSON';
    throw error;
  }
  if (!isParts(content)) return 'it is no audit report, or one of another format';
  if (readableJson(content) !== text) return 'it was changed: it isn’t written as a report is';
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
    // Hex reads the same in either case, and with anything behind it.
    /^[0-9a-f]{128}$/.test(signature) &&
    typeof publicKey === 'string'
  );
}

function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Only as it is exported here: PEM has many spellings of one key. */
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
