import type { Address } from '../../../primitives/hex.ts';
import { callOf } from '../action.ts';
import { contractAt } from '../contracts.ts';
import { goodsOfName, remarks, ruleTexts } from '../vocabulary.ts';
import { verdict } from '../wording.ts';
import type { Rule } from '../world/compliance.ts';
import { actorAt, isOpen, openContract } from './step.ts';
import type { Scene, Step } from './step.ts';

/** The owner may always audit; authorised auditors come and go by `setAuditor`, which the opening does once. */
function auditorOf(scene: Scene, contract: Address): Address | undefined {
  const known = scene.world.contracts.at(contract);
  if (known === undefined) return undefined;
  return known.factory === null
    ? scene.random.pick(scene.cast.auditors).address
    : actorAt(scene, known.owner)?.address;
}

function findRule(scene: Scene, fits: (rule: Rule) => boolean): Rule | undefined {
  return scene.random.find(
    scene.world.compliance.rules,
    (rule) => isOpen(scene, rule.contract) && fits(rule),
  );
}

const addRule: Step = {
  name: 'add rule',
  weight: 1.5,
  causes: ['ComplianceContract.RuleAdded'],
  plan(scene) {
    const { random, world } = scene;
    const contract = openContract(scene, 'ComplianceContract');
    if (contract === undefined) return [];
    const text = random.find(
      ruleTexts,
      (candidate) => !world.compliance.hasRule(contract.address, candidate),
    );
    const auditor = auditorOf(scene, contract.address);
    if (text === undefined || auditor === undefined) return [];
    const { ruleId, name, productType, requirement, standard, severity } = text;
    return [
      callOf(
        contractAt('ComplianceContract', contract.address),
        auditor,
        'addComplianceRule',
        [ruleId, name, productType, requirement, standard, severity],
        { claims: [`rule:${contract.address}:${ruleId}`] },
      ),
    ];
  },
};

const switchRule: Step = {
  name: 'switch rule',
  weight: 0.5,
  causes: ['ComplianceContract.RuleUpdated'],
  plan(scene) {
    const rule = findRule(scene, () => true);
    const auditor = rule && auditorOf(scene, rule.contract);
    if (rule === undefined || auditor === undefined) return [];
    const contract = contractAt('ComplianceContract', rule.contract);
    const claims = [`rule:${rule.contract}:${rule.text.ruleId}`];
    return [
      callOf(contract, auditor, 'updateComplianceRule', [rule.text.ruleId, !rule.isActive], { claims }),
    ];
  },
};

/** A product of the goods that the rule concerns. */
function findChecked(scene: Scene, rule: Rule) {
  return scene.random.find(
    scene.world.products.list,
    (product) => goodsOfName(product.name)?.productType === rule.text.productType,
  );
}

const check: Step = {
  name: 'check compliance',
  weight: 5,
  causes: ['ComplianceContract.ComplianceChecked', 'ComplianceContract.ProductCompliant'],
  plan(scene) {
    const rule = findRule(scene, ({ isActive }) => isActive);
    const product = rule && findChecked(scene, rule);
    const auditor = rule && auditorOf(scene, rule.contract);
    if (rule === undefined || product === undefined || auditor === undefined) return [];
    const { passed, evidence, confidence, notes } = verdict(scene.random);
    const { ruleId } = rule.text;
    return [
      callOf(
        contractAt('ComplianceContract', rule.contract),
        auditor,
        'checkCompliance',
        [product.id, ruleId, passed, evidence, confidence, notes],
        { claims: [`rule:${rule.contract}:${ruleId}`] },
      ),
    ];
  },
};

/** An auditor checks a product against all its active rules in one transaction. */
const checkBatch: Step = {
  name: 'check compliance in a batch',
  weight: 1,
  causes: ['ComplianceContract.ComplianceChecked', 'ComplianceContract.ProductCompliant'],
  plan(scene) {
    const first = findRule(scene, ({ isActive }) => isActive);
    const product = first && findChecked(scene, first);
    const auditor = first && auditorOf(scene, first.contract);
    if (first === undefined || product === undefined || auditor === undefined) return [];
    const ruleIds = scene.world.compliance.rules
      .filter(
        (rule) =>
          rule.contract === first.contract &&
          rule.isActive &&
          rule.text.productType === first.text.productType,
      )
      .slice(0, 6)
      .map((rule) => rule.text.ruleId);
    const outcomes = ruleIds.map(() => verdict(scene.random));
    const checks = [
      ruleIds.map(() => product.id),
      ruleIds,
      outcomes.map(({ passed }) => passed),
      outcomes.map(({ evidence }) => evidence),
      outcomes.map(({ confidence }) => confidence),
      outcomes.map(({ notes }) => notes),
    ] as const;
    const contract = contractAt('ComplianceContract', first.contract);
    const claims = ruleIds.map((ruleId) => `rule:${first.contract}:${ruleId}`);
    return [callOf(contract, auditor, 'batchComplianceCheck', checks, { claims })];
  },
};

const updateEvidence: Step = {
  name: 'update evidence',
  weight: 1,
  causes: ['ComplianceContract.EvidenceUpdated'],
  plan(scene) {
    const { random, world } = scene;
    const earlier = random.find(world.compliance.checks, ({ contract }) => isOpen(scene, contract));
    if (earlier === undefined) return [];
    const auditor = auditorOf(scene, earlier.contract);
    if (auditor === undefined) return [];
    const evidence = `${random.pick(remarks.evidence)}, second copy, ipfs://bafkrei${random.bytes(12).slice(2)}`;
    const updated = [earlier.productId, earlier.ruleId, earlier.index, evidence] as const;
    return [callOf(contractAt('ComplianceContract', earlier.contract), auditor, 'updateEvidence', updated)];
  },
};

export const complianceSteps: readonly Step[] = [addRule, switchRule, check, checkBatch, updateEvidence];
