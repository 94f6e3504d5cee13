/**
 * Rows of `compliance_checkpoints`: one per check, completed from the contract's list of a product's checks.
 */
import type { ComplianceCheckState } from './contract.ts';
import type { TypedEvent } from '../../engine/contract/events.ts';
import { textHash } from './rule-search.ts';
import type { Address, Hash } from '../../primitives/hex.ts';
import { leafId, type Uuid } from '../../primitives/ids.ts';
import { type AppendedEntry, appendedEntry, differs } from '../shared/values.ts';
import { type Rule, ruleOf } from './compliance-rules.ts';
import { EffectError } from '../../engine/projection/shape.ts';
import { checkpointId, productId } from '../products/product-ids.ts';
import { lookup, type LookupKey } from '../../engine/projection/lookup.ts';
import type { Entity, Found, Load, Write } from '../../engine/projection/entity.ts';

type Checked = TypedEvent<'ComplianceContract', 'ComplianceChecked'>;
type EvidenceUpdated = TypedEvent<'ComplianceContract', 'EvidenceUpdated'>;
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

/** The rows that a check reads. */
export interface CheckEntities {
  readonly rule: Rule;
  /** The product's earlier checks with the same timestamp. */
  readonly earlier: Found<'complianceCheckpoints'>;
  /** Null if the contract's registry is unknown. */
  readonly product: Entity<'products'> | null;
}

/** Names the rows that `insertCheck` reads. */
export function checkEntities(event: Checked, load: Load): CheckEntities {
  const { registry } = event.contract;
  const { ruleId, productId: number } = event.args;
  return {
    rule: ruleOf(event, ruleId, load),
    earlier: load.many(checksAt, [...productKey(event), event.block.timestamp]),
    product: registry === null ? null : load.one('products', productId(event, number, registry)),
  };
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
export function insertCheck(event: Checked, entities: CheckEntities, write: Write): CheckOutcome {
  const { productId: chainProductId, ruleId: ruleKey, passed, confidence } = event.args;
  const { chainId, timestamp, hash: blockHash } = event.block;
  const { logIndex } = event.log;
  const recorded = recordedCheck(event, entities.earlier);
  const { stated } = event.answer;
  const { rule } = entities;
  nameRule(rule, recorded?.entry.ruleId ?? stated?.ruleId ?? null);
  const auditor = recorded?.entry.auditor ?? stated?.auditor ?? null;
  const standardId = rule.row?.standardId ?? null;
  const id = leafId({ chainId, table: 'compliance_checkpoints', blockHash, logIndex }, timestamp);
  write.insert('complianceCheckpoints', id, {
    checkpointId: latestCheckpoint(event, entities.product),
    standardId,
    ruleId: rule.row === undefined ? null : rule.id,
    ruleKey,
    checkIndex: recorded === null ? (stated?.checkIndex ?? null) : BigInt(recorded.index),
    complianceStatus: passed ? 'passed' : 'failed',
    checkDetails: recorded?.entry.notes ?? stated?.notes ?? null,
    checkedBy: auditor === null ? null : write.user(auditor),
    checkedAt: timestamp,
    confidence,
    evidenceUri: recorded?.entry.evidence ?? stated?.evidence ?? null,
    chainProductId,
    metadata: null,
  });
  return { standardId, auditor };
}

/** The contract's own record of this check; null if its list was not read or differs from the event. */
function recordedCheck(event: Checked, earlier: Found<'complianceCheckpoints'>): Recorded | null {
  const { ruleId: ruleKey, passed, confidence } = event.args;
  const { timestamp } = event.block;
  const checks = event.answer.checks ?? [];
  const found = appendedEntry(checks, (check) => check.checkDate, timestamp, earlier.rows().length);
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

/** A check may be the first source of the text of its rule's id. */
function nameRule(rule: Rule, text: string | null): void {
  if (rule.row?.ruleId === null && text !== null) rule.update({ ruleId: text });
}

/** The product's newest checkpoint at this event; null if it has none, or its registry is unknown. */
function latestCheckpoint(event: Checked, product: Entity<'products'> | null): Uuid | null {
  const { registry } = event.contract;
  const index = product?.row?.latestCheckpointIndex ?? null;
  if (registry === null || index === null) return null;
  return checkpointId(event, event.args.productId, index, registry);
}

type CheckEntity = ReturnType<Found<'complianceCheckpoints'>['entities']>[number];

/** Names the checks of an event's product. */
export function checksOf(event: EvidenceUpdated, load: Load): Found<'complianceCheckpoints'> {
  return load.many(checksOfProduct, productKey(event));
}

/**
 * Updates the evidence of all of a product's checks from the contract, because the event does not name the
 * check.
 *
 * Without the state, the transaction's own call names the check, or it is the product's only check of that
 * rule. Throws EffectError if there are several such checks or none.
 */
export function readEvidenceAgain(
  event: EvidenceUpdated,
  checks: Found<'complianceCheckpoints'>,
  write: Write,
): void {
  const { productId: number, ruleId: ruleKey, evidence } = event.args;
  const all = checks.entities().toSorted(inChainOrder);
  const ofRule = all.filter(({ row }) => row.ruleKey === ruleKey);
  if (ofRule.length === 0)
    throw new EffectError(`product ${number} has no check of rule ${ruleKey} that evidence could be for`);
  if (event.answer.checks !== null) return readChecksAgain(all, event.answer.checks, write);
  const { checkIndex = null } = event.answer.stated ?? {};
  const meant = checkIndex === null ? ofRule : ofRule.filter((check) => indexOf(check, all) === checkIndex);
  const [check, ...others] = meant;
  if (check === undefined || others.length > 0) {
    throw new EffectError(
      `evidence for product ${number} and rule ${ruleKey} may be for any of ${ofRule.length} checks, and neither state nor calldata says which`,
    );
  }
  check.update({ evidenceUri: evidence });
}

function readChecksAgain(
  all: readonly CheckEntity[],
  recorded: readonly ComplianceCheckState[],
  write: Write,
): void {
  for (const [position, check] of all.entries()) {
    const index = Number(check.row.checkIndex ?? position);
    const entry = recorded[index];
    if (entry === undefined) continue;
    const patch = { evidenceUri: entry.evidence, checkDetails: entry.notes, checkIndex: BigInt(index) };
    // The hash is the expensive part of the comparison, so only changed values are compared.
    if (!differs(check.row, patch)) continue;
    const { ruleKey, complianceStatus, confidence } = check.row;
    if (!isCheckOf(entry, ruleKey, complianceStatus === 'passed', confidence)) continue;
    check.update({ ...patch, checkedBy: write.user(entry.auditor) });
  }
}

/** A contract is indexed from its creation, so the known checks have the order of its list. */
function indexOf(check: CheckEntity, all: readonly CheckEntity[]): bigint {
  return check.row.checkIndex ?? BigInt(all.indexOf(check));
}

function inChainOrder({ row: left }: CheckEntity, { row: right }: CheckEntity): number {
  return left.blockNumber - right.blockNumber || left.logIndex - right.logIndex;
}

function productKey(
  event: Pick<Checked, 'block' | 'log'> & { readonly args: { productId: bigint } },
): LookupKey {
  return [event.block.chainId, event.log.address, event.args.productId];
}
