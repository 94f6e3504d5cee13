/**
 * Rows of `compliance_rules`. A rule's key is the hash of its id in the log; only a read returns the text.
 */
import type { RuleAnswer } from './contract.ts';
import type { ChainEvent, TypedEvent } from '../../engine/contract/events.ts';
import type { Hash } from '../../primitives/hex.ts';
import { entityId } from '../../primitives/ids.ts';
import type { Entity, Load, RowPatch, Write } from '../../engine/projection/entity.ts';

type RuleEvent =
  | TypedEvent<'ComplianceContract', 'RuleAdded'>
  | TypedEvent<'ComplianceContract', 'RuleUpdated'>;

export type Rule = Entity<'complianceRules'>;

/** Names a rule's row. `ruleKey` is the hash of the rule's id. */
export function ruleOf({ block, log }: Pick<ChainEvent, 'block' | 'log'>, ruleKey: Hash, load: Load): Rule {
  const place = { chainId: block.chainId, contract: log.address };
  return load.one(
    'complianceRules',
    entityId({ ...place, table: 'compliance_rules', number: 0n, parts: [ruleKey] }),
  );
}

/**
 * Updates a rule's row from the contract's answer; `eventValues` has the event's own values, for fields that
 * the answer lacks.
 */
export function reconcileRule(
  event: RuleEvent,
  rule: Rule,
  eventValues: RowPatch<'complianceRules'>,
  write: Write,
): void {
  const values = { ...eventValues, ...answeredValues(event.answer, write) };
  if (rule.row === undefined) rule.insert({ ...unknownRule, ...values, ruleKey: event.args.ruleId });
  else rule.update(values);
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
function answeredValues({ ruleId, rule }: RuleAnswer, write: Write): RowPatch<'complianceRules'> {
  const { standard = null, creator = null, severity = null, isActive = null } = rule ?? {};
  const { ruleName = null, productType = null, requirement = null } = rule ?? {};
  if (creator !== null) write.user(creator);
  return {
    ...(ruleId === null ? {} : { ruleId }),
    ...(ruleName === null ? {} : { ruleName }),
    ...(productType === null ? {} : { productType }),
    ...(standard === null ? {} : { standardId: write.standard(standard) }),
    ...(requirement === null ? {} : { requirement }),
    ...(severity === null ? {} : { severity }),
    ...(isActive === null ? {} : { isActive }),
  };
}
