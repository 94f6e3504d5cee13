/** Rows of `compliance_rules`: a rule's key is the hash that a log has of its id; its text only a read can tell. */
import type { RuleAnswer } from './contract.ts';
import type { ChainEvent, TypedEvent } from '../../engine/contract/events.ts';
import type { Hash } from '../../primitives/hex.ts';
import { entityId, type Uuid } from '../../primitives/ids.ts';
import type { RowPatch, Rows } from '../../engine/projection/rows.ts';

type RuleEvent =
  | TypedEvent<'ComplianceContract', 'RuleAdded'>
  | TypedEvent<'ComplianceContract', 'RuleUpdated'>;

export function ruleRowId(event: Pick<ChainEvent, 'block' | 'log'>, ruleKey: Hash): Uuid {
  const { chainId } = event.block;
  const contract = event.log.address;
  return entityId({ chainId, contract, table: 'compliance_rules', number: 0n, parts: [ruleKey] });
}

/** Brings a rule's row to what the contract answers; `told` is what the event itself says, for what it doesn't. */
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
 * What the answer says, and nothing of what it doesn't: that column stays as it is. (Restating what a row shows would take its
 * mark away where that isn't the exact text.)
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
