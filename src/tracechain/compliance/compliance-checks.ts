/**
 * Rows of `compliance_checkpoints`: one per check, completed from the contract's list of a product's checks.
 */
import type { ComplianceCheckState } from './contract.ts';
import type { TypedEvent } from '../../engine/contract/events.ts';
import { textHash } from './rule-search.ts';
import type { ChainRow } from '../../engine/tables.ts';
import type { Address, Hash } from '../../primitives/hex.ts';
import { leafId, type Uuid } from '../../primitives/ids.ts';
import { type AppendedEntry, appendedEntry, differs } from '../shared/values.ts';
import { ruleRowId } from './compliance-rules.ts';
import { EffectError } from '../../engine/projection/shape.ts';
import { checkpointId, productId } from '../products/product-ids.ts';
import { lookup, type LookupKey, type Wanted } from '../../engine/projection/projection.ts';
import type { Rows } from '../../engine/projection/rows.ts';

type Checked = TypedEvent<'ComplianceContract', 'ComplianceChecked'>;
type EvidenceUpdated = TypedEvent<'ComplianceContract', 'EvidenceUpdated'>;
type Check = ChainRow<'complianceCheckpoints'>;
type Recorded = AppendedEntry<ComplianceCheckState>;

/** A product's checks by one contract. */
export const checksOfProduct = lookup('complianceCheckpoints', [
  'chainId',
  'smartContractAddress',
  'chainProductId',
]);

/** A product's checks by one contract with one timestamp. */
export const checksAt = lookup('complianceCheckpoints', [
  'chainId',
  'smartContractAddress',
  'chainProductId',
  'checkedAt',
]);

/** For `touch`: requests every row that `insertCheck` reads. */
export function wantCheck(event: Checked, wanted: Wanted): void {
  const { registry } = event.contract;
  wanted.row('complianceRules', ruleRowId(event, event.args.ruleId));
  wanted.all(checksAt, [...productKey(event), event.block.timestamp]);
  if (registry !== null) wanted.row('products', productId(event, event.args.productId, registry));
}

/** The effect of a check on the product's certification under the rule's standard. */
export interface CheckOutcome {
  /** Null if the rule's standard is unknown. */
  readonly standardId: Uuid | null;
  readonly auditor: Address | null;
}

/**
 * Makes a check's row: from the contract's record, else from the check's call, else from the event. Returns
 * the outcome.
 */
export function insertCheck(event: Checked, rows: Rows): CheckOutcome {
  const { productId: chainProductId, ruleId: ruleKey, passed, confidence } = event.args;
  const { chainId, timestamp, hash: blockHash } = event.block;
  const { logIndex } = event.log;
  const recorded = recordedCheck(event, rows);
  const { stated } = event.answer;
  const rule = namedRule(event, rows, recorded?.entry.ruleId ?? stated?.ruleId ?? null);
  const auditor = recorded?.entry.auditor ?? stated?.auditor ?? null;
  const standardId = rule?.standardId ?? null;
  rows.insert('complianceCheckpoints', {
    id: leafId({ chainId, table: 'compliance_checkpoints', blockHash, logIndex }, timestamp),
    checkpointId: latestCheckpoint(event, rows),
    standardId,
    ruleId: rule?.id ?? null,
    ruleKey,
    checkIndex: recorded === null ? (stated?.checkIndex ?? null) : BigInt(recorded.index),
    complianceStatus: passed ? 'passed' : 'failed',
    checkDetails: recorded?.entry.notes ?? stated?.notes ?? null,
    checkedBy: auditor === null ? null : rows.user(auditor),
    checkedAt: timestamp,
    confidence,
    evidenceUri: recorded?.entry.evidence ?? stated?.evidence ?? null,
    chainProductId,
    metadata: null,
  });
  return { standardId, auditor };
}

/** The contract's own record of this check; null if its list was not read or differs from the event. */
function recordedCheck(event: Checked, rows: Rows): Recorded | null {
  const { ruleId: ruleKey, passed, confidence } = event.args;
  const { timestamp } = event.block;
  const earlier = rows.all(checksAt, [...productKey(event), timestamp]).length;
  const checks = event.answer.checks ?? [];
  const found = appendedEntry(checks, (check) => check.checkDate, timestamp, earlier);
  return found !== null && isCheckOf(found.entry, ruleKey, passed, confidence) ? found : null;
}

function isCheckOf(
  check: ComplianceCheckState,
  ruleKey: Hash,
  passed: boolean,
  confidence: bigint | null,
): boolean {
  return check.passed === passed && check.confidence === confidence && textHash(check.ruleId) === ruleKey;
}

/** The checked rule's row. A check may be the first source of the rule id's text. */
function namedRule(event: Checked, rows: Rows, text: string | null): ChainRow<'complianceRules'> | undefined {
  const id = ruleRowId(event, event.args.ruleId);
  const rule = rows.get('complianceRules', id);
  if (rule?.ruleId === null && text !== null) rows.update('complianceRules', id, { ruleId: text });
  return rule;
}

/** The product's newest checkpoint at this event; null if it has none, or its registry is unknown. */
function latestCheckpoint(event: Checked, rows: Rows): Uuid | null {
  const { registry } = event.contract;
  if (registry === null) return null;
  const { productId: number } = event.args;
  const index = rows.get('products', productId(event, number, registry))?.latestCheckpointIndex ?? null;
  return index === null ? null : checkpointId(event, number, index, registry);
}

/** For `touch`: requests every row that `readEvidenceAgain` reads. */
export function wantEvidence(event: EvidenceUpdated, wanted: Wanted): void {
  wanted.all(checksOfProduct, productKey(event));
}

/**
 * Updates the evidence of all of a product's checks from the contract, because the event does not name the
 * check.
 *
 * Without the state, the transaction's own call names the check, or it is the product's only check of that
 * rule. Throws EffectError if there are several such checks or none.
 */
export function readEvidenceAgain(event: EvidenceUpdated, rows: Rows): void {
  const { productId: number, ruleId: ruleKey, evidence } = event.args;
  const all = rows.all(checksOfProduct, productKey(event)).toSorted(inChainOrder);
  const ofRule = all.filter((check) => check.ruleKey === ruleKey);
  if (ofRule.length === 0)
    throw new EffectError(`product ${number} has no check of rule ${ruleKey} that evidence could be for`);
  if (event.answer.checks !== null) return readChecksAgain(rows, all, event.answer.checks);
  const { checkIndex = null } = event.answer.stated ?? {};
  const meant = checkIndex === null ? ofRule : ofRule.filter((check) => indexOf(check, all) === checkIndex);
  const [check, ...others] = meant;
  if (check === undefined || others.length > 0) {
    throw new EffectError(
      `evidence for product ${number} and rule ${ruleKey} may be for any of ${ofRule.length} checks, and neither state nor calldata says which`,
    );
  }
  rows.update('complianceCheckpoints', check.id, { evidenceUri: evidence });
}

function readChecksAgain(rows: Rows, all: readonly Check[], recorded: readonly ComplianceCheckState[]): void {
  for (const [position, check] of all.entries()) {
    const index = Number(check.checkIndex ?? position);
    const entry = recorded[index];
    if (entry === undefined) continue;
    const patch = { evidenceUri: entry.evidence, checkDetails: entry.notes, checkIndex: BigInt(index) };
    // The hash is the expensive part of the comparison, so only changed values are compared.
    if (!differs(check, patch)) continue;
    const { ruleKey, complianceStatus, confidence } = check;
    if (!isCheckOf(entry, ruleKey, complianceStatus === 'passed', confidence)) continue;
    rows.update('complianceCheckpoints', check.id, { ...patch, checkedBy: rows.user(entry.auditor) });
  }
}

/** A contract is indexed from its creation, so the known checks have the order of its list. */
function indexOf(check: Check, all: readonly Check[]): bigint {
  return check.checkIndex ?? BigInt(all.indexOf(check));
}

function inChainOrder(left: Check, right: Check): number {
  return left.blockNumber - right.blockNumber || left.logIndex - right.logIndex;
}

function productKey(
  event: Pick<Checked, 'block' | 'log'> & { readonly args: { productId: bigint } },
): LookupKey {
  return [event.block.chainId, event.log.address, event.args.productId];
}
