/** Generates compliance data: supported standards, rules, checks of products. */
import { textHash } from '../../tracechain/compliance/rule-search.ts';
import { goodsOfName, ruleTexts, standards } from '../activity/vocabulary.ts';
import { verdict } from '../activity/wording.ts';
import { findProduct } from './products.ts';
import type { Happening, DatasetWorld } from './world.ts';

/** Adds all rules, before any check. */
export function openCompliance({ random, people, chronicle, contracts, rules }: DatasetWorld): void {
  chronicle.beginTransaction();
  for (const standard of standards)
    chronicle.event(contracts.compliance, 'StandardSupported', { standard, supported: true });
  const createdDate = chronicle.time;
  for (const text of ruleTexts) {
    const creator = random.pick(people.auditors);
    rules.push({ text, creator, createdDate });
    const { name: ruleName, requirement, severity, productType, standard, ruleId } = text;
    chronicle.beginTransaction();
    chronicle.event(
      contracts.compliance,
      'RuleAdded',
      { ruleId: textHash(ruleId), ruleName, productType, standard },
      () => ({
        source: 'state',
        ruleId,
        rule: {
          ruleName,
          productType,
          requirement,
          standard,
          severity,
          isActive: true,
          createdDate,
          creator,
        },
      }),
    );
  }
}

function check(world: DatasetWorld): void {
  const { random, people, chronicle, contracts, rules } = world;
  const product = findProduct(world, ({ checks }) => checks.length < 12);
  const productType = product && goodsOfName(product.state.productName)?.productType;
  const rule = random.find(rules, ({ text }) => text.productType === productType);
  if (product === undefined || rule === undefined) return;
  const { ruleId } = rule.text;
  const { passed, confidence, evidence, notes } = verdict(random);
  const auditor = random.pick(people.auditors);
  const { checks, id: productId } = product;
  checks.push({ ruleId, passed, evidence, checkDate: chronicle.time, auditor, confidence, notes });
  chronicle.beginTransaction();
  chronicle.event(
    contracts.compliance,
    'ComplianceChecked',
    { productId, ruleId: textHash(ruleId), passed, confidence },
    () => ({ source: 'state', summary: summaryOf(checks), checks: [...checks], stated: null }),
  );
  const { isCompliant, totalChecks } = summaryOf(checks);
  chronicle.event(contracts.compliance, 'ProductCompliant', { productId, isCompliant, totalChecks });
}

/** A product is compliant while the latest check of every rule has passed. */
function summaryOf(checks: DatasetWorld['products'][number]['checks']) {
  const latest = new Map(checks.map(({ ruleId, passed }) => [ruleId, passed]));
  const failedRules = [...latest].filter(([, passed]) => !passed).map(([ruleId]) => ruleId);
  const passedChecks = BigInt(checks.filter(({ passed }) => passed).length);
  const totalChecks = BigInt(checks.length);
  return {
    isCompliant: failedRules.length === 0,
    lastCheckDate: checks.at(-1)?.checkDate ?? 0n,
    totalChecks,
    passedChecks,
    failedChecks: totalChecks - passedChecks,
    failedRules,
  };
}

export const complianceHappenings: readonly Happening[] = [{ weight: 7, happen: check }];
