import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type {
  CertificateAnswer,
  CertificateState,
  VerificationState,
} from '../../src/tracechain/certificates/contract.ts';
import { type Address, zeroAddress } from '../../src/primitives/hex.ts';
import { standardId, userId } from '../../src/primitives/ids.ts';
import { certificates } from '../../src/tracechain/certificates/projection.ts';
import {
  addressOf,
  block,
  type BlockDescription,
  blocksOf,
  chainOf,
  event,
  type EventDescription,
  expectSameInAnyBatches,
  firstBlockTime,
  foldBlocks,
} from './support/chain.ts';

const maker = addressOf('maker');
const owner = addressOf('owner');
const buyer = addressOf('buyer');
const verifier = addressOf('verifier');

function stateOf(changes: Partial<CertificateState> = {}): CertificateState {
  return {
    productId: 7n,
    firstOwner: owner,
    certificateType: 'authenticity',
    verificationCode: 'code-0',
    metadataUri: 'ipfs://certificate',
    isValid: true,
    mintedAt: firstBlockTime,
    expiresAt: 0n,
    minter: maker,
    complianceStandards: [],
    ...changes,
  };
}

function answerOf(state: CertificateState, ownedBy: Address = state.firstOwner): CertificateAnswer {
  return {
    source: 'state',
    certificate: state,
    owner: ownedBy,
    isBurned: false,
    tokenUri: state.metadataUri,
  };
}

const burned: CertificateAnswer = {
  source: 'none',
  certificate: null,
  owner: null,
  isBurned: true,
  tokenUri: null,
};

const unanswered: CertificateAnswer = { ...burned, isBurned: null };

function transferred(from: Address, to: Address, answer: CertificateAnswer, tokenId = 0n): EventDescription {
  return event('NFTCertificate', 'Transfer', { from, to, tokenId }, { answer });
}

/** The events of a mint, in order. */
function minted(
  answer: CertificateAnswer,
  state: CertificateState = answer.certificate ?? stateOf(),
  tokenId = 0n,
): EventDescription[] {
  const { productId, firstOwner, certificateType, verificationCode } = state;
  const args = { tokenId, productId, owner: firstOwner, certificateType, verificationCode };
  return [
    transferred(zeroAddress, firstOwner, answer, tokenId),
    event('NFTCertificate', 'MetadataUpdate', { _tokenId: tokenId }, { answer }),
    event('NFTCertificate', 'CertificateMinted', args, { answer }),
  ];
}

function updated(answer: CertificateAnswer, tokenId = 0n): EventDescription {
  return event('NFTCertificate', 'MetadataUpdate', { _tokenId: tokenId }, { answer });
}

function invalidated(answer: CertificateAnswer, reason = 'recalled'): EventDescription {
  return event('NFTCertificate', 'CertificateInvalidated', { tokenId: 0n, reason }, { answer });
}

function verified(
  options: {
    readonly by?: Address;
    readonly method?: string;
    readonly isValid?: boolean;
    readonly history?: readonly VerificationState[] | null;
    readonly state?: CertificateState | null;
    readonly additionalData?: string | null;
    readonly tokenId?: bigint;
  } = {},
): EventDescription {
  const { by = verifier, method = 'scan', isValid = true, tokenId = 0n } = options;
  const { history = null, state = null, additionalData = null } = options;
  const args = { tokenId, verifier: by, verificationMethod: method, isValid };
  const source = history === null ? 'none' : 'state';
  return event('NFTCertificate', 'CertificateVerified', args, {
    answer: { source, history, certificate: state, additionalData },
  });
}

function recorded(additionalData: string, changes: Partial<VerificationState> = {}): VerificationState {
  const said = { verifier, verificationMethod: 'scan', isValid: true };
  return { timestamp: firstBlockTime + 12n, ...said, additionalData, ...changes };
}

const fold = (...blocks: BlockDescription[]) => foldBlocks([certificates], chainOf(...blocks));

describe('a mint', () => {
  test('gives the certificate as the contract has it', () => {
    const folded = fold(block(minted(answerOf(stateOf()))));
    expect(folded.only('nftCertificates')).toMatchObject({
      tokenId: 0n,
      chainProductId: 7n,
      ownerId: userId(owner),
      certificateType: 'authenticity',
      metadataUri: 'ipfs://certificate',
      isValid: true,
      invalidationReason: null,
      mintedAt: firstBlockTime,
      minterId: userId(maker),
      expiresAt: null,
      transferredAt: null,
      complianceStandards: [],
      inexactColumns: null,
    });
    expect([...folded.users].toSorted()).toEqual([userId(maker), userId(owner)].toSorted());
    expect(folded.quarantined).toEqual([]);
  });

  test('comes from the log that says so, though its transfer stands before that', () => {
    const folded = fold(block(minted(answerOf(stateOf({ complianceStandards: ['A'] })))));
    for (const table of ['nftCertificates', 'certificateCodes', 'productCertifications'] as const) {
      expect(folded.only(table)).toMatchObject({ blockNumber: 1, logIndex: 2, changedLogIndex: null });
    }
  });

  test('gives its code, unused', () => {
    const folded = fold(block(minted(answerOf(stateOf({ expiresAt: 1_800_000_000n })))));
    expect(folded.only('certificateCodes')).toMatchObject({
      certificateId: folded.only('nftCertificates').id,
      verificationCode: 'code-0',
      isUsed: false,
      usedAt: null,
      usedBy: null,
      expiresAt: 1_800_000_000n,
      createdAt: firstBlockTime,
    });
  });

  test.each([
    { what: 'nothing answered', answer: unanswered, expected: { metadataUri: null, minterId: null } },
    {
      what: 'calldata answered',
      answer: {
        ...unanswered,
        source: 'calldata' as const,
        certificate: stateOf({ isValid: null, mintedAt: null }),
      },
      expected: { metadataUri: 'ipfs://certificate', minterId: userId(maker) },
    },
  ])('is told by its own event where $what', ({ answer, expected }) => {
    const folded = fold(block(minted(answer)));
    expect(folded.only('nftCertificates')).toMatchObject({
      chainProductId: 7n,
      ownerId: userId(owner),
      isValid: true,
      mintedAt: firstBlockTime,
      ...expected,
    });
    expect(folded.only('certificateCodes').verificationCode).toBe('code-0');
  });

  test('that is burned in its own block leaves a certificate of nobody', () => {
    const folded = fold(block(minted(burned), transferred(owner, zeroAddress, burned)));
    expect(folded.only('nftCertificates')).toMatchObject({
      chainProductId: 7n,
      ownerId: null,
      isValid: false,
      transferredAt: firstBlockTime,
    });
    expect(folded.quarantined).toEqual([]);
  });

  test('of a token that was burned starts it anew', () => {
    const again = stateOf({ verificationCode: 'code-1', mintedAt: firstBlockTime + 24n });
    const folded = fold(
      block([...minted(answerOf(stateOf())), verified()]),
      block(transferred(owner, zeroAddress, burned)),
      block(minted(answerOf(again))),
    );
    expect(folded.only('nftCertificates')).toMatchObject({
      ownerId: userId(owner),
      isValid: true,
      transferredAt: null,
      mintedAt: firstBlockTime + 24n,
    });
    expect(folded.only('certificateCodes')).toMatchObject({ verificationCode: 'code-1', isUsed: false });
  });
});

describe('a certificate that changes', () => {
  test('belongs to whom ownerOf says', () => {
    const state = stateOf();
    const folded = fold(
      block(minted(answerOf(state))),
      block(
        transferred(owner, maker, answerOf(state, buyer)),
        transferred(maker, buyer, answerOf(state, buyer)),
      ),
    );
    const row = folded.only('nftCertificates');
    expect(row).toMatchObject({ ownerId: userId(buyer), transferredAt: firstBlockTime + 12n });
    expect(row).toMatchObject({ blockNumber: 1, changedBlockNumber: 2, changedLogIndex: 1 });
  });

  test('belongs to whom the event says where ownerOf has no answer', () => {
    const folded = fold(block(minted(unanswered)), block(transferred(owner, buyer, unanswered)));
    expect(folded.only('nftCertificates').ownerId).toBe(userId(buyer));
  });

  test.each([
    { what: 'ownerOf reverts', answer: burned },
    { what: 'ownerOf answers nobody', answer: { ...unanswered, owner: zeroAddress, isBurned: false } },
    { what: 'nothing answers', answer: unanswered },
  ])('is nobody\u2019s and invalid once burned, where $what', ({ answer }) => {
    const state = stateOf({ complianceStandards: ['ISO 9001'] });
    const folded = fold(block(minted(answerOf(state))), block(transferred(owner, zeroAddress, answer)));
    expect(folded.only('nftCertificates')).toMatchObject({
      ownerId: null,
      isValid: false,
      minterId: userId(maker),
    });
    expect(folded.only('productCertifications').isValid).toBe(false);
  });

  test('is invalid for the reason that the event gives', () => {
    const state = stateOf({ complianceStandards: ['ISO 9001'] });
    const folded = fold(
      block(minted(answerOf(state))),
      block(invalidated(answerOf({ ...state, isValid: false }))),
    );
    expect(folded.only('nftCertificates')).toMatchObject({ isValid: false, invalidationReason: 'recalled' });
    expect(folded.only('productCertifications').isValid).toBe(false);
  });

  test('is invalid on the event\u2019s word where the state is gone', () => {
    const folded = fold(block(minted(unanswered)), block(invalidated(unanswered)));
    expect(folded.only('nftCertificates')).toMatchObject({ isValid: false, ownerId: userId(owner) });
  });

  test('has what the state says at any of its events', () => {
    const folded = fold(
      block(minted(answerOf(stateOf()))),
      block(updated(answerOf(stateOf({ metadataUri: 'ipfs://newer', expiresAt: 1_900_000_000n })))),
    );
    expect(folded.only('nftCertificates')).toMatchObject({
      metadataUri: 'ipfs://newer',
      expiresAt: 1_900_000_000n,
    });
    expect(folded.only('certificateCodes').expiresAt).toBe(1_900_000_000n);
  });

  test('that was never seen is made from its state', () => {
    const folded = fold(block(transferred(owner, buyer, answerOf(stateOf(), buyer))));
    expect(folded.only('nftCertificates')).toMatchObject({
      chainProductId: 7n,
      ownerId: userId(buyer),
      transferredAt: firstBlockTime,
    });
    expect(folded.only('certificateCodes').verificationCode).toBe('code-0');
  });

  test.each([
    ['Transfer', transferred(owner, buyer, burned)],
    ['MetadataUpdate', updated(unanswered)],
    ['CertificateInvalidated', invalidated(unanswered)],
    ['CertificateVerified', verified()],
  ])('and of which nothing tells what it is goes to the quarantine: %s', (eventName, one) => {
    const folded = fold(block(one));
    expect(folded.rows('nftCertificates')).toEqual([]);
    expect(folded.users.size).toBe(0);
    expect(folded.quarantined).toMatchObject([
      { eventName, area: 'certificates', reason: expect.stringContaining('certificate 0') as string },
    ]);
  });
});

describe('certifications', () => {
  test('are one a standard, however often and in whatever spelling it is named', () => {
    const state = stateOf({
      complianceStandards: ['ISO 9001', 'iso-9001', 'ISO 9001', 'HACCP'],
      expiresAt: 1_800_000_000n,
    });
    const folded = fold(block(minted(answerOf(state))));
    expect(
      folded
        .rows('productCertifications')
        .map((row) => row.standardId)
        .toSorted(),
    ).toEqual([standardId('ISO9001'), standardId('HACCP')].toSorted());
    for (const row of folded.rows('productCertifications')) {
      expect(row).toMatchObject({
        certificateId: folded.only('nftCertificates').id,
        chainProductId: 7n,
        certificationNumber: 'code-0',
        issuedBy: maker,
        issuedAt: firstBlockTime,
        expiresAt: 1_800_000_000n,
        isValid: true,
        certificateUri: 'ipfs://certificate',
        failedRules: null,
      });
    }
  });

  test('follow what the certificate names now: a new one is made, one no longer named is invalid', () => {
    const folded = fold(
      block(minted(answerOf(stateOf({ complianceStandards: ['A', 'B'] })))),
      block(transferred(owner, buyer, answerOf(stateOf({ complianceStandards: ['B', 'C'] }), buyer))),
    );
    const validity = folded.rows('productCertifications').map((row) => [row.standardId, row.isValid]);
    expect(Object.fromEntries(validity)).toEqual({
      [standardId('A')]: false,
      [standardId('B')]: true,
      [standardId('C')]: true,
    });
  });

  test('are changed only by what changes them', () => {
    const state = stateOf({ complianceStandards: ['A'] });
    const folded = fold(
      block(minted(answerOf(state))),
      block(transferred(owner, buyer, answerOf(state, buyer))),
    );
    expect(folded.only('productCertifications').changedBlockNumber).toBeNull();
  });

  test('of two certificates with one code are one row, that of the certificate that is valid', () => {
    const state = stateOf({ complianceStandards: ['A'] });
    const gone = { ...state, isValid: false };
    const folded = fold(
      block(minted(answerOf(state), state, 0n), minted(answerOf(state), state, 1n)),
      block(updated(answerOf(gone), 0n)),
      block(updated(answerOf(state), 1n)),
      block(updated(answerOf(gone), 0n)),
    );
    const [, second] = folded.rows('nftCertificates').toSorted((a, b) => Number(a.tokenId - b.tokenId));
    expect(folded.rows('certificateCodes')).toHaveLength(2);
    expect(folded.only('productCertifications')).toMatchObject({ isValid: true, certificateId: second?.id });
  });
});

describe('a verification', () => {
  const mint = block(minted(answerOf(stateOf())));

  test('is a row, and the first valid one uses the code', () => {
    const other = addressOf('other');
    const folded = fold(
      mint,
      block(verified({ isValid: false })),
      block(verified({ by: other })),
      block(verified()),
    );
    expect(folded.rows('certificateVerifications').map((row) => [row.isValid, row.verifierId])).toEqual([
      [false, userId(verifier)],
      [true, userId(other)],
      [true, userId(verifier)],
    ]);
    expect(folded.only('certificateCodes')).toMatchObject({
      isUsed: true,
      usedAt: firstBlockTime + 24n,
      usedBy: userId(other),
    });
  });

  test('has the data of its own entry in the history that the end of the block shows', () => {
    const history = [
      recorded('long ago', { timestamp: firstBlockTime }),
      recorded('first'),
      recorded('second'),
      recorded('third'),
    ];
    const folded = fold(mint, block([verified({ history }), verified({ history })], verified({ history })));
    const data = folded.rows('certificateVerifications').map((row) => row.additionalData);
    expect(data).toEqual(['first', 'second', 'third']);
  });

  test('has its own data where two blocks share a second', () => {
    const early = [recorded('first', { timestamp: firstBlockTime })];
    const late = [...early, recorded('second', { timestamp: firstBlockTime })];
    const shared = (...events: EventDescription[]) => ({ transactions: [events], timestamp: firstBlockTime });
    const folded = fold(
      shared(...minted(answerOf(stateOf())), verified({ history: early })),
      shared(verified({ history: late })),
    );
    const data = folded.rows('certificateVerifications').map((row) => [row.blockNumber, row.additionalData]);
    expect(Object.fromEntries(data)).toEqual({ 1: 'first', 2: 'second' });
  });

  test.each([
    ['another verifier', recorded('data', { verifier: buyer })],
    ['another method', recorded('data', { verificationMethod: 'call' })],
    ['another outcome', recorded('data', { isValid: false })],
    ['another time', recorded('data', { timestamp: 1n })],
  ])('has no data where the history says %s', (_, entry) => {
    const folded = fold(mint, block(verified({ history: [entry] })));
    expect(folded.only('certificateVerifications').additionalData).toBeNull();
  });

  test('has the data of its own call where the history is gone', () => {
    const folded = fold(mint, block(verified({ additionalData: 'from calldata' })));
    expect(folded.only('certificateVerifications').additionalData).toBe('from calldata');
  });

  test('of a certificate whose mint was never seen makes it from its state', () => {
    const folded = fold(block(verified({ state: stateOf() })));
    expect(folded.only('nftCertificates')).toMatchObject({ chainProductId: 7n, isValid: true });
    expect(folded.only('certificateCodes').isUsed).toBe(true);
  });
});

describe('whatever a contract says', () => {
  const texts = fc.constantFrom('', 'A', ' a', 'B', '\0', '\u{dcff}', 'x'.repeat(5000));
  const wallets = fc.constantFrom(owner, buyer, zeroAddress);
  const numbers = fc.constantFrom(0n, 1n, 2n ** 256n - 1n);
  const tokens = fc.constantFrom(0n, 2n ** 256n - 1n);
  const states = fc.record<CertificateState>({
    productId: numbers,
    firstOwner: wallets,
    certificateType: texts,
    verificationCode: texts,
    metadataUri: texts,
    isValid: fc.option(fc.boolean()),
    mintedAt: fc.option(numbers),
    expiresAt: numbers,
    minter: fc.option(wallets),
    complianceStandards: fc.array(texts, { maxLength: 3 }),
  });
  const answers: fc.Arbitrary<CertificateAnswer> = fc.oneof(
    fc.constantFrom(burned, unanswered),
    fc.tuple(states, wallets).map(([state, ownedBy]) => answerOf(state, ownedBy)),
  );
  const histories = fc.array(
    fc.constantFrom(recorded('one'), recorded('two', { timestamp: firstBlockTime }), recorded('three')),
    { maxLength: 4 },
  );
  const anyEvent: fc.Arbitrary<EventDescription> = fc.oneof(
    fc
      .tuple(answers, states, tokens)
      .chain(([answer, state, token]) => fc.constantFrom(...minted(answer, state, token))),
    fc.tuple(wallets, wallets, answers, tokens).map((args) => transferred(...args)),
    fc.tuple(answers, texts).map((args) => invalidated(...args)),
    fc
      .record({
        by: wallets,
        isValid: fc.boolean(),
        history: fc.option(histories),
        state: fc.option(states),
        tokenId: tokens,
      })
      .map(verified),
  );

  test('the rows are storable, and do not depend on how the chain is cut into batches', () => {
    expect.hasAssertions();
    expectSameInAnyBatches([certificates], blocksOf(anyEvent), { numRuns: 200 });
  });

  test('text that cannot be shown is marked, and codes that look alike stay apart', () => {
    const one = stateOf({ verificationCode: 'a\0', complianceStandards: ['A\0'] });
    const other = stateOf({ verificationCode: 'a\u{dcff}', complianceStandards: ['A\0'] });
    const folded = fold(block(minted(answerOf(one), one, 0n), minted(answerOf(other), other, 1n)));
    expect(folded.rows('certificateCodes').map((row) => row.verificationCode)).toEqual([
      'a\u{fffd}',
      'a\u{fffd}',
    ]);
    expect(folded.rows('productCertifications')).toHaveLength(2);
    expect(folded.quarantined).toEqual([]);
    for (const row of folded.rows('certificateCodes'))
      expect(row.inexactColumns).toEqual(['verification_code']);
  });
});
