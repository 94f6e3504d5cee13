/**
 * Audits a compliance contract's state: standards, rules, checks of products, and the certifications that the
 * checks give.
 */
import { hash } from 'node:crypto';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { complianceContractAbi as abi } from '../../../abis/index.ts';
import type { CallResult } from '../../engine/contract/abi/types.ts';
import type { IndexedContract } from '../../engine/contract/kind.ts';
import type { ReadPlan } from '../../engine/contract/read-plan.ts';
import { viewOf } from '../../engine/contract/views.ts';
import { bytesToHex, type Hash, toHash } from '../../primitives/hex.ts';
import { entityId, standardId, type Uuid } from '../../primitives/ids.ts';
import { encodeExact } from '../../primitives/text.ts';
import { areaAudit } from '../../engine/audit/expectations/area-audit.ts';
import {
  type Expectation,
  type EntityQuestion,
  entityKind,
} from '../../engine/audit/expectations/entity-kind.ts';
import { instant, text, user } from '../../engine/audit/expectations/column-values.ts';
import { elementsOf } from '../../engine/audit/expectations/lists.ts';

type Check = CallResult<typeof abi, 'getProductCompliance'>[1][number];

const activeRuleIds = viewOf(abi, 'activeRuleIds');
const complianceRules = viewOf(abi, 'complianceRules');
const getProductCompliance = viewOf(abi, 'getProductCompliance');
const supportedStandards = viewOf(abi, 'supportedStandards');

const standardEntities = entityKind<string>({
  name: 'standard',
  kind: 'ComplianceContract',
  isKey: () => true,
  told: ({ kind, name, args }) =>
    kind === 'ComplianceContract' && name === 'StandardSupported' ? [args['standard'] as string] : [],
  identity: (spelling) => standardId(text(spelling)),
  rows: {},
  read: readStandard,
});

const ruleEntities = entityKind<string>({
  name: 'rule',
  kind: 'ComplianceContract',
  isKey: () => true,
  listed: ({ address }) => elementsOf(activeRuleIds, address),
  told: () => [],
  rows: { complianceRules: (row) => row['ruleId'] as string | null },
  read: readRule,
});

const checkedProducts = entityKind<bigint>({
  name: 'checked product',
  kind: 'ComplianceContract',
  told: ({ kind, args }) =>
    kind === 'ComplianceContract' && typeof args['productId'] === 'bigint' ? [args['productId']] : [],
  rows: {
    complianceCheckpoints: (row) => row['chainProductId'] as bigint,
    productCertifications: (row) =>
      row['certificateId'] === null ? (row['chainProductId'] as bigint) : null,
  },
  read: readChecks,
});

export const compliance = areaAudit('compliance', {
  tables: {
    complianceStandardSupport: [standardEntities],
    complianceRules: [ruleEntities],
    complianceCheckpoints: [checkedProducts],
  },
});

/**
 * If a standard has several spellings, the latest one is read, because the row shows the values under that
 * one.
 */
function* readStandard({
  contract,
  key,
  answerOf,
}: EntityQuestion<string>): ReadPlan<readonly Expectation[]> {
  const [result] = yield [supportedStandards.request(contract.address, [key])];
  const isSupported = answerOf(supportedStandards, result);
  if (isSupported === null) return [];
  const standard = standardId(text(key));
  const rowId = rowIdOf(contract, 'compliance_standard_support', 0n, standard);
  const values = { standardId: standard, isSupported };
  const entity = `support of ${text(key)}`;
  return [{ table: 'complianceStandardSupport', rowId, entity, exists: true, values }];
}

function* readRule({ contract, key, answerOf }: EntityQuestion<string>): ReadPlan<readonly Expectation[]> {
  const [result] = yield [complianceRules.request(contract.address, [key])];
  const rule = answerOf(complianceRules, result);
  if (rule === null) return [];
  const [ruleId, ruleName, productType, requirement, standard, severity, isActive] = rule;
  // The getter answers for any text.
  if (ruleId !== key) return [];
  const ruleKey = keyOf(key);
  return [
    {
      table: 'complianceRules',
      rowId: rowIdOf(contract, 'compliance_rules', 0n, ruleKey),
      entity: `rule ${text(key)}`,
      exists: true,
      values: {
        ruleKey,
        ruleId: text(key),
        ruleName: text(ruleName),
        productType: text(productType),
        standardId: standardId(text(standard)),
        requirement: text(requirement),
        severity,
        isActive,
      },
    },
  ];
}

function* readChecks(question: EntityQuestion<bigint>): ReadPlan<readonly Expectation[]> {
  const { contract, key, answerOf } = question;
  const [result] = yield [getProductCompliance.request(contract.address, [key])];
  const answer = answerOf(getProductCompliance, result);
  if (answer === null) return [];
  const [, checks] = answer;
  const rules = [...new Set(checks.map((check) => check.ruleId))];
  const results = yield rules.map((rule) => complianceRules.request(contract.address, [rule]));
  const standards = new Map<string, Uuid>();
  for (const [index, rule] of rules.entries()) {
    const values = answerOf(complianceRules, results[index]);
    if (values !== null) standards.set(rule, standardId(text(values[4])));
  }
  return [...checkClaims(question, checks, standards), ...certificationClaims(question, checks, standards)];
}

/** The contract's list and the rows, both in the order of their events. */
function checkClaims(
  { contract, key, reference }: EntityQuestion<bigint>,
  checks: readonly Check[],
  standards: ReadonlyMap<string, Uuid>,
): Expectation[] {
  const rows = reference
    .where('complianceCheckpoints', 'chainProductId', key)
    .filter((row) => row['smartContractAddress'] === contract.address);
  return Array.from({ length: Math.max(rows.length, checks.length) }, (_, position): Expectation => {
    const check = checks[position];
    return {
      table: 'complianceCheckpoints',
      rowId: (rows[position]?.['id'] as Uuid | undefined) ?? null,
      entity: `check ${position} of product ${key}`,
      exists: check !== undefined,
      values: check === undefined ? {} : checkValues(contract, check, position, standards.get(check.ruleId)),
    };
  });
}

function checkValues(
  contract: IndexedContract,
  check: Check,
  position: number,
  standard: Uuid | undefined,
): Expectation['values'] {
  const ruleKey = keyOf(check.ruleId);
  return {
    ruleKey,
    ruleId: rowIdOf(contract, 'compliance_rules', 0n, ruleKey),
    ...(standard === undefined ? {} : { standardId: standard }),
    checkIndex: BigInt(position),
    complianceStatus: check.passed ? 'passed' : 'failed',
    checkDetails: text(check.notes),
    checkedBy: user(check.auditor),
    checkedAt: instant(check.checkDate),
    confidence: check.confidence,
    evidenceUri: text(check.evidence),
    chainProductId: check.productId,
  };
}

/** A product is certified under a standard while the latest check of each of its rules has passed. */
function certificationClaims(
  { contract, key }: EntityQuestion<bigint>,
  checks: readonly Check[],
  standards: ReadonlyMap<string, Uuid>,
): Expectation[] {
  const latest = new Map(checks.map((check) => [check.ruleId, check.passed]));
  const failed = new Map<Uuid, Hash[]>();
  for (const [rule, passed] of latest) {
    const standard = standards.get(rule);
    if (standard === undefined) continue;
    const keys = failed.get(standard) ?? [];
    failed.set(standard, passed ? keys : [...keys, keyOf(rule)]);
  }
  const number = `${contract.address}:${key}`;
  const digest = hash('sha256', encodeExact(number), 'hex');
  return [...failed].map(([standard, keys]): Expectation => {
    const { chainId, address } = contract;
    const parts = [standard, digest];
    return {
      table: 'productCertifications',
      rowId: entityId({ chainId, contract: address, table: 'product_certifications', number: key, parts }),
      entity: `certification of product ${key} by checks`,
      exists: true,
      values: {
        standardId: standard,
        chainProductId: key,
        certificationNumber: number,
        certificateId: null,
        failedRules: keys.toSorted(),
        isValid: keys.length === 0,
      },
    };
  });
}

/** A log has the keccak-256 of an indexed string's bytes. */
function keyOf(rule: string): Hash {
  return toHash(bytesToHex(keccak_256(encodeExact(rule))));
}

function rowIdOf({ chainId, address }: IndexedContract, table: string, number: bigint, part: string): Uuid {
  return entityId({ chainId, contract: address, table, number, parts: [part] });
}
