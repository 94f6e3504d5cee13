/**
 * Rows of `compliance_rules`. A rule's key is the hash of its id in the log; only a read returns the text.
 */
import type { RuleAnswer } from './contract.ts';
import type { ChainEvent, TypedEvent } from '../../engine/contract/events.ts';
import type { Hash } from '../../primitives/hex.ts';
import { entityId, type Uuid } from '../../primitives/ids.ts';
import type { RowPatch, Rows } from '../../engine/projection/rows.ts';

type RuleEvent =
  | TypedEvent<'ComplianceContract', 'RuleAdded'>
  | TypedEvent<'ComplianceContract', 'RuleUpdated'>;

/** Returns the id of a rule's row. `ruleKey` is the hash of the rule's id. */
export function ruleRowId(event: Pick<ChainEvent, 'block' | 'log'>, ruleKey: Hash): Uuid {
  const { chainId } = event.block;
  const contract = event.log.address;
  return entityId({ chainId, contract, table: 'compliance_rules', number: 0n, parts: [ruleKey] });
}

/**
 * Updates a rule's row from the contract's answer; `told` has the event's own values, for fields that the
 * answer lacks.
 */
export function settleRule(event: RuleEvent, rows: Rows, told: RowPatch<'complianceRules'>): void {
  const ruleKey = event.args.ruleId;
  const id = ruleRowId(event, ruleKey);
  const values = { ...told, ...answeredValues(rows, event.answer) };
  if (rows.get('complianceRules', id) === undefined)
    rows.insert('complianceRules', { ...unknownRule, ...values, id, ruleKey });
  else rows.update('complianceRules', id, values);
}

const unknownRule = {
  ruleId: null,
  ruleName: null,
  productType: null,
  standardId: null,
  requirement: null,
  severity: null,
  isActive: null,
};

/**
 * Only the values that the answer has; the other columns stay unchanged. (Writing a row's current value again
 * would clear its mark as inexact.)
 */
function answeredValues(rows: Rows, { ruleId, rule }: RuleAnswer): RowPatch<'complianceRules'> {
  const { standard = null, creator = null, severity = null, isActive = null } = rule ?? {};
  const { ruleName = null, productType = null, requirement = null } = rule ?? {};
  if (creator !== null) rows.user(creator);
  return {
    ...(ruleId === null ? {} : { ruleId }),
    ...(ruleName === null ? {} : { ruleName }),
    ...(productType === null ? {} : { productType }),
    ...(standard === null ? {} : { standardId: rows.standard(standard) }),
    ...(requirement === null ? {} : { requirement }),
    ...(severity === null ? {} : { severity }),
    ...(isActive === null ? {} : { isActive }),
  };
}
