/** Certificates: `getCertificate`, `ownerOf` and `getVerificationHistory`, and the logs for what happened when. */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { ContractFunctionExecutionError, zeroAddress } from 'viem';
import type { Hex } from 'viem';
import { nftCertificateAbi as abi } from '../../../abis/index.ts';
import { eventsOf, known } from './history.ts';
import type { History, TypedEvent } from './history.ts';
import { productLink } from './products.ts';
import { groupBy, number, provenance, reference, time, user } from './row.ts';
import type { ExpectedRow, ExpectedTables } from './row.ts';
import { standard } from './standards.ts';

/** The events that state anew what a certificate is. */
const statingEvents = ['Transfer', 'MetadataUpdate', 'CertificateMinted', 'CertificateInvalidated'] as const;
type StatingEvent = TypedEvent<'NFTCertificate', (typeof statingEvents)[number]>;
type Verified = TypedEvent<'NFTCertificate', 'CertificateVerified'>;

/** A certificate as its contract had it at the end of a block. */
interface State {
  readonly productId: bigint;
  readonly certificateType: string;
  readonly verificationCode: string;
  readonly metadataUri: string;
  readonly isValid: boolean;
  readonly mintedAt: bigint;
  readonly expiresAt: bigint;
  readonly minter: string;
  readonly standards: readonly string[];
  readonly owner: string;
}

/** What the events of one block showed: the state at its end, and the first of them. */
interface Sight {
  readonly state: State;
  readonly event: StatingEvent;
}

export async function expectCertificates(history: History): Promise<ExpectedTables> {
  const stating = groupBy(eventsOf(history, 'NFTCertificate', ...statingEvents), tokenKey);
  const verified = groupBy(eventsOf(history, 'NFTCertificate', 'CertificateVerified'), tokenKey);
  const tokens = await Promise.all(
    [...stating].map(([key, events]) =>
      expectCertificate(history, sinceMint(events), verified.get(key) ?? []),
    ),
  );
  return {
    nft_certificates: tokens.map(({ certificate }) => certificate),
    certificate_codes: tokens.map(({ code }) => code),
    certificate_verifications: tokens.flatMap(({ verifications }) => verifications),
    product_certifications: tokens.flatMap(({ certifications }) => certifications),
  };
}

/** What a mint emits before it says so is part of it: the row comes from `CertificateMinted`. */
function sinceMint(events: readonly StatingEvent[]): StatingEvent[] {
  const mint = known(events.findLast(({ name }) => name === 'CertificateMinted'));
  return events.filter(
    ({ transaction, logIndex }) => transaction.hash !== mint.transaction.hash || logIndex >= mint.logIndex,
  );
}

function tokenKey(event: StatingEvent | Verified): string {
  return `${event.address} ${tokenIdOf(event)}`;
}

function tokenIdOf({ args }: StatingEvent | Verified): bigint {
  return '_tokenId' in args ? args._tokenId : args.tokenId;
}

async function expectCertificate(
  history: History,
  events: readonly StatingEvent[],
  verified: readonly Verified[],
) {
  const made = known(events[0]);
  const tokenId = tokenIdOf(made);
  const key = reference('nft_certificates', made.address, tokenId);
  const sights = await look(history, made.address, tokenId, events);
  const { state } = known(sights.at(-1));
  const verifications = await readVerifications(history, made.address, tokenId);
  if (verifications.length !== verified.length)
    throw new Error(`${key} was verified ${verifications.length} times`);
  return {
    certificate: certificateRow(history, tokenId, state, events),
    code: codeRow(history, key, state, events, verified),
    verifications: verified.map((event, index) =>
      verificationRow(history, key, event, known(verifications[index])),
    ),
    certifications: certificationRows(history, key, made.address, sights),
  };
}

async function look(
  history: History,
  address: Hex,
  tokenId: bigint,
  events: readonly StatingEvent[],
): Promise<Sight[]> {
  const blocks = [...groupBy(events, ({ block }) => number(block.number)).values()];
  return await Promise.all(
    blocks.map(async (ofBlock, index) => {
      const event = known(ofBlock[0]);
      // Nothing has said anything since the last of them, so the head must have the same; unless it changed silently.
      const isLast = index === blocks.length - 1 && !isSilentlyChanged(history, address, tokenId);
      return {
        event,
        state: await readState(history, address, tokenId, isLast ? history.head.number : event.block.number),
      };
    }),
  );
}

function isSilentlyChanged({ calls }: History, address: Hex, tokenId: bigint): boolean {
  return calls.some(
    (call) => call.address === address && call.name === 'addComplianceStandard' && call.args[0] === tokenId,
  );
}

async function readState(
  { client }: History,
  address: Hex,
  tokenId: bigint,
  blockNumber: bigint,
): Promise<State> {
  const at = { abi, address, args: [tokenId], blockNumber } as const;
  const [
    productId,
    ,
    certificateType,
    verificationCode,
    metadataUri,
    isValid,
    mintedAt,
    expiresAt,
    minter,
    standards,
  ] = await client.readContract({ ...at, functionName: 'getCertificate' });
  const minting = { mintedAt, expiresAt, minter, standards };
  const owner = await readOwner(client, at);
  const what = { productId, certificateType, verificationCode, metadataUri };
  return { ...what, isValid: isValid && owner !== zeroAddress, ...minting, owner };
}

/** The zero address for a certificate that was burned, of which ERC-721 says nothing but that it reverts. */
async function readOwner(
  client: History['client'],
  at: {
    readonly abi: typeof abi;
    readonly address: Hex;
    readonly args: readonly [bigint];
    readonly blockNumber: bigint;
  },
): Promise<Hex> {
  try {
    return await client.readContract({ ...at, functionName: 'ownerOf' });
  } catch (error) {
    if (error instanceof ContractFunctionExecutionError) return zeroAddress;
    throw error;
  }
}

function readVerifications({ client, head }: History, address: Hex, tokenId: bigint) {
  return client.readContract({
    abi,
    address,
    functionName: 'getVerificationHistory',
    args: [tokenId],
    blockNumber: head.number,
  });
}

function certificateRow(
  history: History,
  tokenId: bigint,
  state: State,
  events: readonly StatingEvent[],
): ExpectedRow {
  const made = known(events[0]);
  const moved = events.findLast((event) => event.name === 'Transfer' && event.args.from !== zeroAddress);
  const invalidated = events.findLast((event) => event.name === 'CertificateInvalidated');
  return {
    token_id: number(tokenId),
    product_id: productLink(history, made.address, state.productId),
    chain_product_id: number(state.productId),
    owner_id: user(state.owner),
    certificate_type: state.certificateType,
    metadata_uri: state.metadataUri,
    is_valid: state.isValid,
    invalidation_reason: invalidated?.args.reason ?? null,
    minted_at: time(state.mintedAt),
    minter_id: user(state.minter),
    expires_at: time(state.expiresAt),
    transferred_at: moved === undefined ? null : number(moved.block.timestamp),
    compliance_standards: state.standards,
    ...provenance(history.chainId, made, events.slice(1)),
  };
}

function codeRow(
  history: History,
  certificate: string,
  state: State,
  events: readonly StatingEvent[],
  verified: readonly Verified[],
): ExpectedRow {
  const made = known(events[0]);
  const used = verified.find(({ args }) => args.isValid);
  return {
    certificate_id: certificate,
    verification_code: state.verificationCode,
    is_used: used !== undefined,
    used_at: used === undefined ? null : number(used.block.timestamp),
    used_by: used === undefined ? null : user(used.args.verifier),
    created_at: number(made.block.timestamp),
    expires_at: time(state.expiresAt),
    ...provenance(history.chainId, made, used === undefined ? [] : [used]),
  };
}

function verificationRow(
  history: History,
  certificate: string,
  event: Verified,
  recorded: Awaited<ReturnType<typeof readVerifications>>[number],
): ExpectedRow {
  return {
    certificate_id: certificate,
    verifier_id: user(recorded.verifier),
    verification_method: recorded.verificationMethod,
    is_valid: recorded.isValid,
    additional_data: recorded.additionalData,
    verified_at: number(recorded.timestamp),
    ...provenance(history.chainId, event),
  };
}

/**
 * One a standard named, from the block that first named it. It says what the certificate says for as long as the certificate
 * names that standard; then it stays as it was, invalid.
 */
function certificationRows(
  history: History,
  certificate: string,
  address: Hex,
  sights: readonly Sight[],
): ExpectedRow[] {
  const codes = new Set(sights.flatMap(({ state }) => state.standards.map(standard)));
  return [...codes].map((code) => {
    const isNamed = ({ state }: Sight) => state.standards.map(standard).includes(code);
    const [made, ...later] = sights.slice(sights.findIndex(isNamed)) as [Sight, ...Sight[]];
    let values = certificationValues(history, address, made.state);
    const changes: StatingEvent[] = [];
    for (const sight of later) {
      const seen = isNamed(sight)
        ? certificationValues(history, address, sight.state)
        : { ...values, is_valid: false };
      if (!isDeepStrictEqual(seen, values)) changes.push(sight.event);
      values = seen;
    }
    return {
      standard_id: code,
      certificate_id: certificate,
      failed_rules: null,
      created_at: number(made.event.block.timestamp),
      ...values,
      ...provenance(history.chainId, made.event, changes),
    };
  });
}

function certificationValues(history: History, address: Hex, state: State): ExpectedRow {
  return {
    product_id: productLink(history, address, state.productId),
    certification_number: state.verificationCode,
    certification_number_digest: `0x${createHash('sha256').update(state.verificationCode).digest('hex')}`,
    issued_by: state.minter.toLowerCase(),
    issued_at: time(state.mintedAt),
    expires_at: time(state.expiresAt),
    is_valid: state.isValid,
    certificate_uri: state.metadataUri,
    chain_product_id: number(state.productId),
  };
}
