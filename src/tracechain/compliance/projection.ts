/**
 * Compliance contracts: the supported standards, their rules, the checks of products and the resulting
 * certifications.
 */
import type { TypedEvent } from '../../engine/contract/events.ts';
import { entityId, type Uuid } from '../../primitives/ids.ts';
import { standardIdOf } from '../certificates/certification-rows.ts';
import {
  certificationsKey,
  certificationsOfProduct,
  certificationUnder,
  certifyChecked,
} from './checked-certifications.ts';
import {
  checksAt,
  checksOfProduct,
  insertCheck,
  readEvidenceAgain,
  wantCheck,
  wantEvidence,
} from './compliance-checks.ts';
import { ruleRowId, settleRule } from './compliance-rules.ts';
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
      touch(event, wanted) {
        wanted.row('complianceStandardSupport', supportId(event));
      },
      apply(event, rows) {
        const id = supportId(event);
        const { standard, supported: isSupported } = event.args;
        const standardId = rows.standard(standard);
        if (rows.get('complianceStandardSupport', id) === undefined)
          rows.insert('complianceStandardSupport', { id, standardId, isSupported });
        else rows.update('complianceStandardSupport', id, { isSupported });
      },
    }),
    on('ComplianceContract', 'RuleAdded', {
      touch(event, wanted) {
        wanted.row('complianceRules', ruleRowId(event, event.args.ruleId));
      },
      apply(event, rows) {
        const { ruleName, productType, standard } = event.args;
        const told = { ruleName, productType, standardId: rows.standard(standard), isActive: true };
        settleRule(event, rows, told);
      },
    }),
    on('ComplianceContract', 'RuleUpdated', {
      touch(event, wanted) {
        wanted.row('complianceRules', ruleRowId(event, event.args.ruleId));
      },
      apply(event, rows) {
        settleRule(event, rows, { isActive: event.args.isActive });
      },
    }),
    on('ComplianceContract', 'ComplianceChecked', {
      touch(event, wanted) {
        wantCheck(event, wanted);
        wanted.all(certificationsOfProduct, certificationsKey(event));
      },
      apply(event, rows) {
        const { ruleId: ruleKey, passed } = event.args;
        const { standardId, auditor } = insertCheck(event, rows);
        if (standardId !== null) certifyChecked(event, rows, { standardId, ruleKey, passed, auditor });
      },
    }),
    on('ComplianceContract', 'ProductCompliant', {
      touch(event, wanted) {
        const check = concludedCheck(event);
        if (check === undefined) return;
        wanted.row('complianceRules', ruleRowId(event, check.args.ruleId));
        wanted.all(certificationsOfProduct, certificationsKey(event));
      },
      /**
       * Concludes a check: the changed certification takes the conclusion as its last log. The event's
       * overall result is not stored, because the certifications hold it standard by standard.
       */
      apply(event, rows) {
        const check = concludedCheck(event);
        if (check === undefined) return;
        const standardId = rows.get('complianceRules', ruleRowId(event, check.args.ruleId))?.standardId;
        if (standardId === undefined || standardId === null) return;
        const certification = certificationUnder(event, rows, standardId);
        if (certification !== undefined) rows.update('productCertifications', certification.id, {});
      },
    }),
    on('ComplianceContract', 'EvidenceUpdated', { touch: wantEvidence, apply: readEvidenceAgain }),
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
