/**
 * Compliance contracts: the supported standards, their rules, the checks of products and the resulting
 * certifications.
 */
import type { TypedEvent } from '../../engine/contract/events.ts';
import { entityId, type Uuid } from '../../primitives/ids.ts';
import { standardIdOf } from '../certificates/certification-rows.ts';
import {
  certificationsOf,
  certificationsOfProduct,
  certificationUnder,
  certifyChecked,
} from './checked-certifications.ts';
import {
  checkEntities,
  checksAt,
  checksOf,
  checksOfProduct,
  insertCheck,
  readEvidenceAgain,
} from './compliance-checks.ts';
import { reconcileRule, ruleOf } from './compliance-rules.ts';
import { on, type Projection } from '../../engine/projection/projection.ts';

type Checked = TypedEvent<'ComplianceContract', 'ComplianceChecked'>;
type Compliant = TypedEvent<'ComplianceContract', 'ProductCompliant'>;
type Supported = TypedEvent<'ComplianceContract', 'StandardSupported'>;

export const compliance: Projection = {
  area: 'compliance',
  version: 1,
  tables: ['complianceStandardSupport', 'complianceRules', 'complianceCheckpoints', 'productCertifications'],
  readsOf: ['products'],
  lookups: [certificationsOfProduct, checksAt, checksOfProduct],
  handlers: [
    on('ComplianceContract', 'StandardSupported', {
      entities: (event, load) => load.one('complianceStandardSupport', supportId(event)),
      apply(event, support, write) {
        const { standard, supported: isSupported } = event.args;
        const standardId = write.standard(standard);
        if (support.row === undefined) support.insert({ standardId, isSupported });
        else support.update({ isSupported });
      },
    }),
    on('ComplianceContract', 'RuleAdded', {
      entities: (event, load) => ruleOf(event, event.args.ruleId, load),
      apply(event, rule, write) {
        const { ruleName, productType, standard } = event.args;
        const values = { ruleName, productType, standardId: write.standard(standard), isActive: true };
        reconcileRule(event, rule, values, write);
      },
    }),
    on('ComplianceContract', 'RuleUpdated', {
      entities: (event, load) => ruleOf(event, event.args.ruleId, load),
      apply(event, rule, write) {
        reconcileRule(event, rule, { isActive: event.args.isActive }, write);
      },
    }),
    on('ComplianceContract', 'ComplianceChecked', {
      entities: (event, load) => ({
        check: checkEntities(event, load),
        certifications: certificationsOf(event, load),
      }),
      apply(event, { check, certifications }, write) {
        const { ruleId: ruleKey, passed } = event.args;
        const { standardId, auditor } = insertCheck(event, check, write);
        if (standardId === null) return;
        certifyChecked(event, certifications, { standardId, ruleKey, passed, auditor }, write);
      },
    }),
    on('ComplianceContract', 'ProductCompliant', {
      entities(event, load) {
        const check = concludedCheck(event);
        if (check === undefined) return null;
        return {
          rule: ruleOf(event, check.args.ruleId, load),
          certifications: certificationsOf(event, load),
        };
      },
      /**
       * Concludes a check: the changed certification takes the conclusion as its last log. The event's
       * overall result is not stored, because the certifications hold it standard by standard.
       */
      apply(_, concluded) {
        const standardId = concluded?.rule.row?.standardId ?? null;
        if (concluded === null || standardId === null) return;
        certificationUnder(concluded.certifications, standardId)?.update({});
      },
    }),
    on('ComplianceContract', 'EvidenceUpdated', {
      entities: checksOf,
      apply: (event, checks, write) => readEvidenceAgain(event, checks, write),
    }),
  ],
};

/**
 * Returns the check that a `ProductCompliant` concludes: the nearest previous one of its product in the
 * transaction.
 */
function concludedCheck(event: Compliant): Checked | undefined {
  const checks = event.transaction.of('ComplianceContract', 'ComplianceChecked', event.log.address);
  return checks.findLast(
    ({ args, log }) => args.productId === event.args.productId && log.logIndex < event.log.logIndex,
  );
}

function supportId(event: Supported): Uuid {
  const { chainId } = event.block;
  const contract = event.log.address;
  const parts = [standardIdOf(event.args.standard)];
  return entityId({ chainId, contract, table: 'compliance_standard_support', number: 0n, parts });
}
