/** The operator's key pair: Ed25519 (RFC 8032) in PEM files, which other programs can read as well. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { CannotRunError } from '../../../primitives/errors.ts';

export interface KeyFiles {
  /** PKCS #8, readable only by its owner. */
  readonly privateKeyFile: string;
  /** SubjectPublicKeyInfo. */
  readonly publicKeyFile: string;
  readonly fingerprint: string;
}

/**
 * Creates a key pair, `file` and `file.pub`. Never overwrites a file, because reports signed with its key could not be verified any more.
 */
export async function makeKeyFiles(file: string): Promise<KeyFiles> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const publicKeyFile = `${file}.pub`;
  await writeNew(publicKeyFile, publicKey.export({ type: 'spki', format: 'pem' }), 0o644);
  await writeNew(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), 0o600);
  return { privateKeyFile: file, publicKeyFile, fingerprint: fingerprintOf(publicKey) };
}

/** Reads an Ed25519 private key. Throws a CannotRunError if the file contains none. */
export async function readPrivateKey(file: string): Promise<KeyObject> {
  return await readKey(file, createPrivateKey, 'an Ed25519 private key, as audit keygen makes one');
}

/** Reads an Ed25519 public key. Throws a CannotRunError if the file contains none. */
export async function readPublicKey(file: string): Promise<KeyObject> {
  return await readKey(file, createPublicKey, 'an Ed25519 public key, as audit keygen makes one');
}

/** SHA-256 of the public key's DER form, in OpenSSH's format: short enough to be read aloud over the telephone. */
export function fingerprintOf(publicKey: KeyObject): string {
  const digest = createHash('sha256').update(publicKey.export({ type: 'spki', format: 'der' }));
  return `SHA256:${digest.digest('base64').replace(/=+$/, '')}`;
}

async function readKey(
  file: string,
  parse: (pem: string) => KeyObject,
  expected: string,
): Promise<KeyObject> {
  const pem = await readFile(file, 'utf8').catch((error: unknown) => {
    throw notAKey(file, error instanceof Error ? error.message : 'it can’t be read', error);
  });
  try {
    const key = parse(pem);
    if (key.asymmetricKeyType === 'ed25519') return key;
    throw notAKey(file, `it is not an Ed25519 key but ${key.asymmetricKeyType ?? 'another'}`);
  } catch (error) {
    throw error instanceof CannotRunError ? error : notAKey(file, `it is not ${expected}`, error);
  }
}

function notAKey(file: string, reason: string, cause?: unknown): CannotRunError {
  return new CannotRunError(`The key ${file} can’t be used: ${reason}`, {
    code: 'audit/key',
    fix: 'npx tracechain audit keygen makes a pair: the private one signs, the .pub verifies.',
    ...(cause === undefined ? {} : { cause }),
  });
}

async function writeNew(file: string, content: string | Buffer, mode: number): Promise<void> {
  try {
    await writeFile(file, content, { flag: 'wx', mode });
    // The mode given at creation is subject to the umask.
    await chmod(file, mode);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    throw new CannotRunError(`${file} already exists`, {
      code: 'audit/key-exists',
      fix: 'Use another file name. Without this key, reports that it signed could not be verified any more.',
    });
  }
}
