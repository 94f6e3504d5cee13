/**
 * Compliance rules and checks. Topics have only the hash of a rule's id; a search finds the text, and the
 * hash proves it.
 */
import { complianceContractAbi as abi } from '../../../abis/index.ts';
import type { ReadResult } from '../../engine/rpc/types.ts';
import type { Address, Hash } from '../../primitives/hex.ts';
import type { CallResult, DecodedCall } from '../../engine/contract/abi/types.ts';
import { askDirectCall, directCallReader, onlyMatch } from '../../engine/contract/calldata.ts';
import { defineKind, type KindEvent } from '../../engine/contract/kind.ts';
import type { ReadPlan } from '../../engine/contract/read-plan.ts';
import { findRuleText, textHash } from './rule-search.ts';
import { isUnavailable, viewOf, type AnswerSource } from '../../engine/contract/views.ts';

/**
 * A rule as `complianceRules` returns it. A field is null if calldata replaces the read and lacks the field.
 */
export interface RuleState {
  readonly ruleName: string | null;
  readonly productType: string | null;
  readonly requirement: string | null;
  readonly standard: string | null;
  readonly severity: bigint | null;
  readonly isActive: boolean | null;
  /** Unix seconds, as all dates in this file. */
  readonly createdDate: bigint | null;
  readonly creator: Address | null;
}

export interface RuleAnswer {
  /** The source of `rule`. */
  readonly source: AnswerSource;
  /** The rule's id; its keccak-256 is the event's topic. */
  readonly ruleId: string | null;
  readonly rule: RuleState | null;
}

export interface ComplianceSummary {
  readonly isCompliant: boolean;
  readonly lastCheckDate: bigint;
  readonly totalChecks: bigint;
  readonly passedChecks: bigint;
  readonly failedChecks: bigint;
  readonly failedRules: readonly string[];
}

export interface ComplianceCheckState {
  readonly ruleId: string;
  readonly passed: boolean;
  readonly evidence: string;
  readonly checkDate: bigint;
  readonly auditor: Address;
  readonly confidence: bigint;
  readonly notes: string;
}

/** One check from its own call; a field is null if that call lacks it. */
export interface StatedCheck {
  readonly ruleId: string;
  readonly checkIndex: bigint | null;
  readonly evidence: string;
  readonly auditor: Address | null;
  readonly notes: string | null;
}

export interface ComplianceAnswer {
  readonly source: AnswerSource;
  readonly summary: ComplianceSummary | null;
  /** All of the product's checks in the contract's order; it has no getter of a single one. */
  readonly checks: readonly ComplianceCheckState[] | null;
  /** The check of the event, if calldata replaces the state. */
  readonly stated: StatedCheck | null;
}

type RuleEvent = KindEvent<typeof abi, 'RuleAdded'> | KindEvent<typeof abi, 'RuleUpdated'>;
type Call = DecodedCall<typeof abi>;

const complianceRules = viewOf(abi, 'complianceRules');
const getProductCompliance = viewOf(abi, 'getProductCompliance');
const activeRuleIds = viewOf(abi, 'activeRuleIds');
const readDirectCall = directCallReader(abi);

export const complianceContract = defineKind({
  abi,
  registryKey: 'registry',
  reads: {
    RuleAdded: readRule,
    RuleUpdated: readRule,
    ComplianceChecked: readChecked,
    EvidenceUpdated: readEvidenceUpdated,
  },
});

/**
 * The transaction's own call gives the text in one read, and the hash proves it. The search of the contract's
 * list takes a dozen reads, so it comes second.
 */
function* readRule(event: RuleEvent): ReadPlan<RuleAnswer> {
  const { address } = event.log;
  const direct = yield* askDirectCall(event, readDirectCall);
  const calledText = ruleTextOf(direct?.call ?? null, event.args.ruleId);
  const ruleId = calledText ?? (yield* findRuleText(activeRuleIds, address, event.args.ruleId));
  if (ruleId === null) return { source: 'none', ruleId: null, rule: null };
  const [result] = yield [complianceRules.request(address, [ruleId])];
  const values = complianceRules.valueOf(result);
  if (values !== null) return { source: 'state', ruleId, rule: ruleState(values) };
  const isStated = isUnavailable(result) && calledText !== null && direct?.call?.name === 'addComplianceRule';
  if (!isStated) return { source: 'none', ruleId, rule: null };
  const [, ruleName, productType, requirement, standard, severity] = direct.call.args;
  const rule = { ruleName, productType, requirement, standard, severity, isActive: null, createdDate: null };
  return { source: 'calldata', ruleId, rule: { ...rule, creator: direct.from } };
}

function* readChecked(event: KindEvent<typeof abi, 'ComplianceChecked'>): ReadPlan<ComplianceAnswer> {
  const { productId, ruleId, passed, confidence } = event.args;
  const [result] = yield [getProductCompliance.request(event.log.address, [productId])];
  if (!isUnavailable(result)) return complianceAnswer(result);
  const direct = yield* askDirectCall(event, readDirectCall);
  const written = onlyMatch(
    checksOf(direct?.call ?? null),
    (check) =>
      check.productId === productId &&
      check.passed === passed &&
      check.confidence === confidence &&
      textHash(check.ruleId) === ruleId,
  );
  if (direct === null || written === null) return noCompliance(null);
  const { ruleId: text, evidence, notes } = written;
  return noCompliance({ ruleId: text, checkIndex: null, evidence, notes, auditor: direct.from });
}

function* readEvidenceUpdated(event: KindEvent<typeof abi, 'EvidenceUpdated'>): ReadPlan<ComplianceAnswer> {
  const { productId, ruleId } = event.args;
  const [result] = yield [getProductCompliance.request(event.log.address, [productId])];
  if (!isUnavailable(result)) return complianceAnswer(result);
  const call = (yield* askDirectCall(event, readDirectCall))?.call;
  if (call?.name !== 'updateEvidence') return noCompliance(null);
  const [calledProduct, text, checkIndex, evidence] = call.args;
  if (calledProduct !== productId || textHash(text) !== ruleId) return noCompliance(null);
  return noCompliance({ ruleId: text, checkIndex, evidence, notes: null, auditor: null });
}

function complianceAnswer(result: ReadResult | undefined): ComplianceAnswer {
  const values = getProductCompliance.valueOf(result);
  if (values === null) return noCompliance(null);
  const [{ productId: _, ...summary }, checks] = values;
  return {
    source: 'state',
    summary,
    checks: checks.map(({ productId: __, ...check }) => check),
    stated: null,
  };
}

function noCompliance(stated: StatedCheck | null): ComplianceAnswer {
  return { source: stated === null ? 'none' : 'calldata', summary: null, checks: null, stated };
}

function ruleState(values: CallResult<typeof abi, 'complianceRules'>): RuleState {
  const [, ruleName, productType, requirement, standard, severity, isActive, createdDate, creator] = values;
  return { ruleName, productType, requirement, standard, severity, isActive, createdDate, creator };
}

function ruleTextOf(call: Call | null, hash: Hash): string | null {
  if (call?.name !== 'addComplianceRule' && call?.name !== 'updateComplianceRule') return null;
  const [text] = call.args;
  return textHash(text) === hash ? text : null;
}

interface WrittenCheck {
  readonly productId: bigint;
  readonly ruleId: string;
  readonly passed: boolean | undefined;
  readonly evidence: string;
  readonly confidence: bigint | undefined;
  readonly notes: string;
}

function checksOf(call: Call | null): readonly WrittenCheck[] {
  if (call?.name === 'checkCompliance') {
    const [productId, ruleId, passed, evidence, confidence, notes] = call.args;
    return [{ productId, ruleId, passed, evidence, confidence, notes }];
  }
  if (call?.name !== 'batchComplianceCheck') return [];
  const [productIds, ruleIds, passed, evidence, confidence, notes] = call.args;
  return productIds.map((productId, index) => ({
    productId,
    ruleId: ruleIds[index] ?? '',
    passed: passed[index],
    evidence: evidence[index] ?? '',
    confidence: confidence[index],
    notes: notes[index] ?? '',
  }));
}
