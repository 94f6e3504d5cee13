/**
 * Rows of `compliance_checkpoints`: one a check, completed from the list that the contract keeps of a product's checks.
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

/** Those of one time. */
export const checksAt = lookup('complianceCheckpoints', [
  'chainId',
  'smartContractAddress',
  'chainProductId',
  'checkedAt',
]);

/** For `touch`: every row that `insertCheck` looks at. */
export function wantCheck(event: Checked, wanted: Wanted): void {
  const { registry } = event.contract;
  wanted.row('complianceRules', ruleRowId(event, event.args.ruleId));
  wanted.all(checksAt, [...productKey(event), event.block.timestamp]);
  if (registry !== null) wanted.row('products', productId(event, event.args.productId, registry));
}

/** What a check means for the product's certification under the rule's standard. */
export interface CheckOutcome {
  /** Null where the rule's standard isn't known. */
  readonly standardId: Uuid | null;
  readonly auditor: Address | null;
}

/** Makes a check's row: as the contract has it, else as its own call states it, else as the event says. */
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

/** The contract's own record of this check; null where its list wasn't read, or says something else. */
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

/** The checked rule's row; a check may be the first to tell the text of the rule's id. */
function namedRule(event: Checked, rows: Rows, text: string | null): ChainRow<'complianceRules'> | undefined {
  const id = ruleRowId(event, event.args.ruleId);
  const rule = rows.get('complianceRules', id);
  if (rule?.ruleId === null && text !== null) rows.update('complianceRules', id, { ruleId: text });
  return rule;
}

/** The newest checkpoint that the product has at this moment; null where it has none, or its registry isn't known. */
function latestCheckpoint(event: Checked, rows: Rows): Uuid | null {
  const { registry } = event.contract;
  if (registry === null) return null;
  const { productId: number } = event.args;
  const index = rows.get('products', productId(event, number, registry))?.latestCheckpointIndex ?? null;
  return index === null ? null : checkpointId(event, number, index, registry);
}

/** For `touch`: every row that `readEvidenceAgain` looks at. */
export function wantEvidence(event: EvidenceUpdated, wanted: Wanted): void {
  wanted.all(checksOfProduct, productKey(event));
}

/**
 * Brings the evidence of all of a product's checks to what the contract has, since the event doesn't say which check it is of.
 *
 * Where the state is gone, the transaction's own call names the check, or else it is the product's only one of that rule. Throws
 * EffectError where it could be several, and where there is none.
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
    // The hash is the dear part of the comparison, so only what would change is compared.
    if (!differs(check, patch)) continue;
    const { ruleKey, complianceStatus, confidence } = check;
    if (!isCheckOf(entry, ruleKey, complianceStatus === 'passed', confidence)) continue;
    rows.update('complianceCheckpoints', check.id, { ...patch, checkedBy: rows.user(entry.auditor) });
  }
}

/** A contract is indexed from its creation, so the checks that are known stand in the order of its list. */
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
