import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type {
  ComplianceAnswer,
  ComplianceCheckState,
  RuleAnswer,
  RuleState,
  StatedCheck,
} from '../../src/tracechain/compliance/contract.ts';
import { textHash } from '../../src/tracechain/compliance/rule-search.ts';
import { type Address, zeroAddress } from '../../src/primitives/hex.ts';
import { standardId, userId } from '../../src/primitives/ids.ts';
import { compliance } from '../../src/tracechain/compliance/projection.ts';
import { products } from '../../src/tracechain/products/projection.ts';
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
import type { FoldedRows } from './support/folded-rows.ts';

const contract = addressOf('ComplianceContract');
const registry = addressOf('ProductRegistry');
const auditor = addressOf('auditor');
const author = addressOf('author');

const noRule: RuleAnswer = { source: 'none', ruleId: null, rule: null };
const noCompliance: ComplianceAnswer = { source: 'none', summary: null, checks: null, stated: null };

function ruleOf(changes: Partial<RuleState> = {}): RuleState {
  return {
    ruleName: 'Cold chain',
    productType: 'food',
    requirement: 'below 5 degrees',
    standard: 'HACCP',
    severity: 3n,
    isActive: true,
    createdDate: firstBlockTime,
    creator: author,
    ...changes,
  };
}

function ruleAnswer(ruleId: string, rule: RuleState | null = ruleOf()): RuleAnswer {
  return { source: 'state', ruleId, rule };
}

function supported(standard: string, isSupported = true): EventDescription {
  return event('ComplianceContract', 'StandardSupported', { standard, supported: isSupported });
}

function ruleAdded(rule: string, answer: RuleAnswer = noRule, standard = 'HACCP'): EventDescription {
  const args = { ruleId: textHash(rule), ruleName: 'Cold chain', productType: 'food', standard };
  return event('ComplianceContract', 'RuleAdded', args, { answer });
}

function ruleUpdated(rule: string, isActive: boolean, answer: RuleAnswer = noRule): EventDescription {
  return event('ComplianceContract', 'RuleUpdated', { ruleId: textHash(rule), isActive }, { answer });
}

interface CheckOptions {
  readonly rule?: string;
  readonly passed?: boolean;
  readonly confidence?: bigint;
  readonly product?: bigint;
  readonly checks?: readonly ComplianceCheckState[] | null;
  readonly stated?: StatedCheck | null;
}

/** The events of a check, in order. */
function checked(options: CheckOptions = {}): EventDescription[] {
  const { rule = 'R1', passed = true, confidence = 90n, product = 7n } = options;
  const args = { productId: product, ruleId: textHash(rule), passed, confidence };
  const compliant = { productId: product, isCompliant: passed, totalChecks: 1n };
  return [
    event('ComplianceContract', 'ComplianceChecked', args, { answer: complianceOf(options), registry }),
    event('ComplianceContract', 'ProductCompliant', compliant, { registry }),
  ];
}

function evidenceUpdated(options: CheckOptions & { readonly evidence?: string } = {}): EventDescription {
  const { rule = 'R1', product = 7n, evidence = 'ipfs://told' } = options;
  const args = { productId: product, ruleId: textHash(rule), evidence };
  return event('ComplianceContract', 'EvidenceUpdated', args, { answer: complianceOf(options), registry });
}

function complianceOf({ checks = null, stated = null }: CheckOptions): ComplianceAnswer {
  const source = checks === null ? 'none' : 'state';
  return { ...noCompliance, source, checks, stated };
}

function recorded(changes: Partial<ComplianceCheckState> = {}): ComplianceCheckState {
  return {
    ruleId: 'R1',
    passed: true,
    evidence: 'ipfs://evidence',
    checkDate: firstBlockTime + 12n,
    auditor,
    confidence: 90n,
    notes: 'seen',
    ...changes,
  };
}

const rules = block(ruleAdded('R1', ruleAnswer('R1')), ruleAdded('R2', ruleAnswer('R2')));

const fold = (...blocks: BlockDescription[]) => foldBlocks([products, compliance], chainOf(...blocks));

/** The checks in the order of their logs. */
function checksOf(folded: FoldedRows) {
  return folded
    .rows('complianceCheckpoints')
    .toSorted((left, right) => left.blockNumber - right.blockNumber || left.logIndex - right.logIndex);
}

describe('a supported standard', () => {
  test('is one row and one standard in whatever spelling', () => {
    const folded = fold(block(supported('ISO 9001')), block(supported('iso-9001', false)));
    expect(folded.only('complianceStandardSupport')).toMatchObject({
      standardId: standardId('ISO9001'),
      isSupported: false,
      blockNumber: 1,
      changedBlockNumber: 2,
    });
    expect([...folded.standards]).toEqual([standardId('ISO9001')]);
  });
});

describe('a rule', () => {
  test('is as the contract has it, under its standard', () => {
    const folded = fold(block(ruleAdded('R1', ruleAnswer('R1'))));
    expect(folded.only('complianceRules')).toMatchObject({
      ruleKey: textHash('R1'),
      ruleId: 'R1',
      ruleName: 'Cold chain',
      productType: 'food',
      standardId: standardId('HACCP'),
      requirement: 'below 5 degrees',
      severity: 3n,
      isActive: true,
      createdAt: firstBlockTime,
    });
    expect(folded.users.has(userId(author))).toBe(true);
  });

  test('is as its event says where nothing answers', () => {
    const folded = fold(block(ruleAdded('R1')));
    expect(folded.only('complianceRules')).toMatchObject({
      ruleId: null,
      ruleName: 'Cold chain',
      standardId: standardId('HACCP'),
      requirement: null,
      isActive: true,
    });
  });

  test('that is switched off keeps what was known, and its standard stays supported', () => {
    const folded = fold(
      block(supported('HACCP')),
      rules,
      block(ruleUpdated('R1', false), ruleUpdated('R2', true)),
    );
    const row = folded.rows('complianceRules').find(({ ruleId }) => ruleId === 'R1');
    expect(row).toMatchObject({
      isActive: false,
      requirement: 'below 5 degrees',
      standardId: standardId('HACCP'),
    });
    expect(folded.only('complianceStandardSupport').isSupported).toBe(true);
  });

  test('whose addition was never seen is made from what its update tells', () => {
    const folded = fold(block(ruleUpdated('R1', false, ruleAnswer('R1', ruleOf({ isActive: false })))));
    expect(folded.only('complianceRules')).toMatchObject({ ruleId: 'R1', isActive: false });
    expect(fold(block(ruleUpdated('R1', true))).only('complianceRules')).toMatchObject({
      ruleId: null,
      standardId: null,
      isActive: true,
    });
  });

  test('has its text as soon as a check tells it', () => {
    const folded = fold(block(ruleAdded('R1')), block(checked({ checks: [recorded()] })));
    expect(folded.only('complianceRules').ruleId).toBe('R1');
  });
});

describe('a check', () => {
  test('is as the contract has it', () => {
    const folded = fold(rules, block(checked({ checks: [recorded()] })));
    const rule = folded.rows('complianceRules').find(({ ruleId }) => ruleId === 'R1');
    expect(folded.only('complianceCheckpoints')).toMatchObject({
      checkpointId: null,
      standardId: standardId('HACCP'),
      ruleId: rule?.id,
      ruleKey: textHash('R1'),
      checkIndex: 0n,
      complianceStatus: 'passed',
      checkDetails: 'seen',
      checkedBy: userId(auditor),
      checkedAt: firstBlockTime + 12n,
      confidence: 90n,
      evidenceUri: 'ipfs://evidence',
      chainProductId: 7n,
    });
  });

  test('is completed from its own entry among several of its block', () => {
    const checks = [
      recorded({ checkDate: firstBlockTime, evidence: 'older' }),
      recorded({ evidence: 'first' }),
      recorded({ evidence: 'second', ruleId: 'R2', passed: false }),
      recorded({ evidence: 'third' }),
    ];
    const folded = fold(
      rules,
      block([...checked({ checks }), ...checked({ checks, rule: 'R2', passed: false })], checked({ checks })),
    );
    expect(checksOf(folded).map((row) => [row.checkIndex, row.evidenceUri])).toEqual([
      [1n, 'first'],
      [2n, 'second'],
      [3n, 'third'],
    ]);
  });

  test.each([
    ['another rule', recorded({ ruleId: 'R2' })],
    ['another outcome', recorded({ passed: false })],
    ['another confidence', recorded({ confidence: 1n })],
    ['another time', recorded({ checkDate: 1n })],
  ])('has nothing of an entry with %s', (_, entry) => {
    const folded = fold(rules, block(checked({ checks: [entry] })));
    expect(folded.only('complianceCheckpoints')).toMatchObject({
      checkIndex: null,
      evidenceUri: null,
      checkedBy: null,
    });
  });

  test('is as its own call states it where the state is gone', () => {
    const stated = {
      ruleId: 'R1',
      checkIndex: null,
      evidence: 'ipfs://stated',
      auditor,
      notes: 'from calldata',
    };
    const folded = fold(rules, block(checked({ stated })));
    expect(folded.only('complianceCheckpoints')).toMatchObject({
      checkDetails: 'from calldata',
      checkedBy: userId(auditor),
      evidenceUri: 'ipfs://stated',
    });
  });

  test('of a rule that was never seen keeps the key, and certifies nothing', () => {
    const folded = fold(block(checked()));
    expect(folded.only('complianceCheckpoints')).toMatchObject({
      ruleKey: textHash('R1'),
      ruleId: null,
      standardId: null,
    });
    expect(folded.rows('productCertifications')).toEqual([]);
    expect(folded.quarantined).toEqual([]);
  });

  test('is tied to the newest checkpoint that the product has at that moment', () => {
    const args = { productId: 7n, productName: 'tea', manufacturer: author, batchNumber: 'B-7' };
    const registered = event('ProductRegistry', 'ProductRegistered', args, {
      answer: { source: 'none', product: null },
    });
    const added = (checkpointIndex: bigint) =>
      event(
        'ProductRegistry',
        'CheckpointAdded',
        { productId: 7n, checkpointIndex, stakeholder: author, status: 'stored' },
        { answer: { source: 'none', checkpoint: null } },
      );
    const folded = fold(
      block(ruleAdded('R1'), checked()),
      block([added(0n), registered], checked(), added(1n), checked()),
    );
    const [first, second] = folded
      .rows('checkpoints')
      .toSorted((left, right) => Number(left.checkpointIndex - right.checkpointIndex));
    expect(checksOf(folded).map((row) => row.checkpointId)).toEqual([null, first?.id, second?.id]);
  });
});

describe('evidence', () => {
  const checks = [recorded(), recorded({ ruleId: 'R2' }), recorded({ checkDate: firstBlockTime + 24n })];
  const made = [
    rules,
    block(checked({ checks: checks.slice(0, 2) }), checked({ checks: checks.slice(0, 2), rule: 'R2' })),
    block(checked({ checks })),
  ];

  test('is read again for all of the product\u2019s checks, and changes only those that differ', () => {
    const newer = checks.map((check, index) =>
      index === 2 ? { ...check, evidence: 'ipfs://newer' } : check,
    );
    const folded = fold(...made, block(evidenceUpdated({ checks: newer })));
    expect(checksOf(folded).map((row) => [row.evidenceUri, row.changedBlockNumber])).toEqual([
      ['ipfs://evidence', null],
      ['ipfs://evidence', null],
      ['ipfs://newer', 4],
    ]);
  });

  test('completes checks that could not be read when they were made', () => {
    const unread = [rules, block(checked(), checked({ rule: 'R2' })), block(checked())];
    const folded = fold(...unread, block(evidenceUpdated({ checks })));
    expect(checksOf(folded)).toMatchObject(
      checks.map((_, index) => ({ checkIndex: BigInt(index), evidenceUri: 'ipfs://evidence' })),
    );
  });

  test('goes to the check that its own call names where the state is gone', () => {
    const stated = { ruleId: 'R1', checkIndex: 2n, evidence: 'ipfs://told', auditor: null, notes: null };
    const folded = fold(...made, block(evidenceUpdated({ stated })));
    expect(checksOf(folded).map((row) => row.evidenceUri)).toEqual([
      'ipfs://evidence',
      'ipfs://evidence',
      'ipfs://told',
    ]);
  });

  test('goes to the only check of its rule where nothing says which', () => {
    const folded = fold(...made, block(evidenceUpdated({ rule: 'R2' })));
    expect(checksOf(folded)[1]?.evidenceUri).toBe('ipfs://told');
  });

  test.each([
    ['may be for several checks', evidenceUpdated()],
    ['is for a rule that was not checked', evidenceUpdated({ rule: 'R3', checks })],
    ['is for a product that was not checked', evidenceUpdated({ product: 8n, checks })],
  ])('is quarantined where it %s', (_, one) => {
    const folded = fold(...made, block(one));
    expect(folded.quarantined).toMatchObject([{ eventName: 'EvidenceUpdated', area: 'compliance' }]);
    expect(checksOf(folded).every((row) => row.changedBlockNumber === null)).toBe(true);
  });
});

describe('a certification by checks', () => {
  test('is one a product and standard, valid while the latest check of each rule passed', () => {
    const standing = (...outcomes: { rule: string; passed: boolean }[]) => {
      const folded = fold(rules, ...outcomes.map((outcome) => block(checked(outcome))));
      const { isValid, failedRules, issuedAt } = folded.only('productCertifications');
      return { isValid, failedRules, issuedAt };
    };
    const passes = { rule: 'R1', passed: true };
    const fails = { rule: 'R1', passed: false };
    const otherFails = { rule: 'R2', passed: false };
    const at = (index: bigint) => firstBlockTime + 12n * index;
    expect(standing(passes)).toEqual({ isValid: true, failedRules: [], issuedAt: at(1n) });
    expect(standing(passes, passes)).toEqual({ isValid: true, failedRules: [], issuedAt: at(1n) });
    expect(standing(fails)).toEqual({ isValid: false, failedRules: [textHash('R1')], issuedAt: null });
    expect(standing(passes, fails, passes)).toEqual({ isValid: true, failedRules: [], issuedAt: at(3n) });
    expect(standing(otherFails, fails, passes)).toEqual({
      isValid: false,
      failedRules: [textHash('R2')],
      issuedAt: null,
    });
  });

  test('is numbered by contract and product, and ends at the conclusion of the check', () => {
    const folded = fold(rules, block(checked({ checks: [recorded()] })));
    expect(folded.only('productCertifications')).toMatchObject({
      standardId: standardId('HACCP'),
      certificationNumber: `${contract}:7`,
      issuedBy: auditor,
      chainProductId: 7n,
      certificateId: null,
      certificateUri: null,
      expiresAt: null,
      logIndex: 0,
      changedLogIndex: 1,
    });
  });

  test('is apart for each product, and for each standard', () => {
    const other = block(ruleAdded('R3', noRule, 'ISO 9001'));
    const folded = fold(
      rules,
      other,
      block(checked(), checked({ rule: 'R3', passed: false }), checked({ product: 8n })),
    );
    const standings = folded
      .rows('productCertifications')
      .map((row) => [row.chainProductId, row.standardId, row.isValid]);
    expect(new Set(standings.map(String))).toEqual(
      new Set([
        `7,${standardId('HACCP')},true`,
        `7,${standardId('ISO9001')},false`,
        `8,${standardId('HACCP')},true`,
      ]),
    );
  });
});

describe('whatever a contract says', () => {
  const texts = fc.constantFrom('', 'R1', 'R2', 'R\0', 'R\u{dcff}', 'r 1', 'x'.repeat(5000));
  const numbers = fc.constantFrom(0n, 7n, 2n ** 256n - 1n);
  const wallets: fc.Arbitrary<Address> = fc.constantFrom(auditor, zeroAddress);
  const dates = fc.constantFrom(firstBlockTime, firstBlockTime + 12n, 2n ** 256n - 1n);
  const checks = fc.array(
    fc.record<ComplianceCheckState>({
      ruleId: texts,
      passed: fc.boolean(),
      evidence: texts,
      checkDate: dates,
      auditor: wallets,
      confidence: fc.constantFrom(90n, 2n ** 256n - 1n),
      notes: texts,
    }),
    { maxLength: 4 },
  );
  const stated = fc.record<StatedCheck>({
    ruleId: texts,
    checkIndex: fc.option(numbers),
    evidence: texts,
    auditor: fc.option(wallets),
    notes: fc.option(texts),
  });
  const rule = fc.record<RuleState>({
    ruleName: fc.option(texts),
    productType: fc.option(texts),
    requirement: fc.option(texts),
    standard: fc.option(texts),
    severity: fc.option(numbers),
    isActive: fc.option(fc.boolean()),
    createdDate: fc.option(dates),
    creator: fc.option(wallets),
  });
  const ruleAnswers: fc.Arbitrary<RuleAnswer> = fc.oneof(
    fc.constant(noRule),
    fc.tuple(texts, rule).map((args) => ruleAnswer(...args)),
  );
  const options = fc.record({
    rule: texts,
    passed: fc.boolean(),
    confidence: fc.constantFrom(90n, 2n ** 256n - 1n),
    product: numbers,
    checks: fc.option(checks),
    stated: fc.option(stated),
  });
  const anyEvent: fc.Arbitrary<EventDescription> = fc.oneof(
    fc.tuple(texts, fc.boolean()).map((args) => supported(...args)),
    fc.tuple(texts, ruleAnswers, texts).map((args) => ruleAdded(...args)),
    fc.tuple(texts, fc.boolean(), ruleAnswers).map((args) => ruleUpdated(...args)),
    options.chain((one) => fc.constantFrom(...checked(one))),
    options.map(evidenceUpdated),
  );

  test('the rows are storable, and do not depend on how the chain is cut into batches', () => {
    expect.hasAssertions();
    expectSameInAnyBatches([products, compliance], blocksOf(anyEvent), { numRuns: 200 });
  });
});
