/** Compliance contracts: `complianceRules`, `getProductCompliance` and `supportedStandards`. */
import { createHash } from 'node:crypto';
import { keccak256, toBytes } from 'viem';
import type { Hex } from 'viem';
import { complianceContractAbi as abi } from '../../../abis/index.ts';
import { eventsOf, known } from './history.ts';
import type { History, TypedEvent } from './history.ts';
import { productLink } from './products.ts';
import { groupBy, number, provenance, reference, user } from './row.ts';
import type { ExpectedRow, ExpectedTables } from './row.ts';
import { standard } from './standards.ts';

type Checked = TypedEvent<'ComplianceContract', 'ComplianceChecked'>;
type Compliant = TypedEvent<'ComplianceContract', 'ProductCompliant'>;

export async function expectCompliance(history: History): Promise<ExpectedTables> {
  const rules = await readRules(history);
  const products = groupBy(
    eventsOf(history, 'ComplianceContract', 'ComplianceChecked', 'ProductCompliant'),
    ({ address, args }) => `${address} ${args.productId}`,
  );
  const checked = await Promise.all(
    [...products.values()].map((events) => expectChecks(history, rules, events)),
  );
  return {
    compliance_standard_support: await supportRows(history),
    compliance_rules: ruleRows(history, rules),
    compliance_checkpoints: checked.flatMap(({ checks }) => checks),
    product_certifications: checked.flatMap(({ certifications }) => certifications),
  };
}

async function supportRows(history: History): Promise<ExpectedRow[]> {
  const groups = groupBy(
    eventsOf(history, 'ComplianceContract', 'StandardSupported'),
    ({ address, args }) => `${address} ${standard(args.standard)}`,
  );
  return await Promise.all(
    [...groups.values()].map(async (events) => {
      const [made, last] = [known(events[0]), known(events.at(-1))];
      const is_supported = await history.client.readContract({
        abi,
        address: made.address,
        functionName: 'supportedStandards',
        args: [last.args.standard],
        blockNumber: history.head.number,
      });
      const standard_id = standard(made.args.standard);
      return { standard_id, is_supported, ...provenance(history.chainId, made, events.slice(1)) };
    }),
  );
}

interface Rule {
  readonly contract: Hex;
  readonly ruleKey: Hex;
  readonly ruleId: string;
  readonly standard: string;
  readonly row: ExpectedRow;
}

async function readRules(history: History): Promise<Rule[]> {
  const contracts = [...history.contracts.values()].filter(({ kind }) => kind === 'ComplianceContract');
  return (await Promise.all(contracts.map(({ address }) => readRulesOf(history, address)))).flat();
}

async function readRulesOf({ client, head, ...history }: History, address: Hex): Promise<Rule[]> {
  const count = eventsOf({ client, head, ...history }, 'ComplianceContract', 'RuleAdded').filter(
    (one) => one.address === address,
  ).length;
  const at = { abi, address, blockNumber: head.number } as const;
  return await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const id = await client.readContract({ ...at, functionName: 'activeRuleIds', args: [BigInt(index)] });
      const [ruleId, ruleName, productType, requirement, standardCode, severity, isActive] =
        await client.readContract({
          ...at,
          functionName: 'complianceRules',
          args: [id],
        });
      const ruleKey = keccak256(toBytes(ruleId));
      const row = {
        rule_key: ruleKey,
        rule_id: ruleId,
        rule_name: ruleName,
        product_type: productType,
        standard_id: standard(standardCode),
        requirement,
        severity: number(severity),
        is_active: isActive,
      };
      return { contract: address, ruleKey, ruleId, standard: standard(standardCode), row };
    }),
  );
}

function ruleRows(history: History, rules: readonly Rule[]): ExpectedRow[] {
  const events = eventsOf(history, 'ComplianceContract', 'RuleAdded', 'RuleUpdated');
  return rules.map(({ contract, ruleKey, row }) => {
    const [made, ...changes] = events.filter(
      ({ address, args }) => address === contract && args.ruleId === ruleKey,
    );
    const { block } = known(made);
    return {
      ...row,
      created_at: number(block.timestamp),
      ...provenance(history.chainId, known(made), changes),
    };
  });
}

async function expectChecks(
  history: History,
  rules: readonly Rule[],
  events: readonly (Checked | Compliant)[],
) {
  const {
    address,
    args: { productId },
  } = known(events[0]);
  const checks = events.filter((event) => event.name === 'ComplianceChecked');
  const [, recorded] = await readChecks(history, address, productId, history.head.number);
  if (recorded.length !== checks.length)
    throw new Error(`${address} keeps ${recorded.length} checks of ${productId}`);
  const evidence = await evidenceChanges(history, address, productId);
  return {
    checks: checks.map((event, index) => ({
      product_id: productLink(history, address, productId),
      checkpoint_id: latestCheckpoint(history, event),
      standard_id: ruleOf(rules, event).standard,
      rule_id: reference('compliance_rules', address, event.args.ruleId),
      rule_key: keccak256(toBytes(known(recorded[index]).ruleId)),
      check_index: number(index),
      ...recordedColumns(known(recorded[index])),
      chain_product_id: number(productId),
      metadata: null,
      ...provenance(history.chainId, event, evidence.get(index) ?? []),
    })),
    certifications: certificationRows(history, rules, events, recorded),
  };
}

function readChecks({ client }: History, address: Hex, productId: bigint, blockNumber: bigint) {
  return client.readContract({
    abi,
    address,
    functionName: 'getProductCompliance',
    args: [productId],
    blockNumber,
  });
}

type Recorded = Awaited<ReturnType<typeof readChecks>>[1][number];

function recordedColumns(check: Recorded): ExpectedRow {
  return {
    compliance_status: check.passed ? 'passed' : 'failed',
    check_details: check.notes,
    checked_by: user(check.auditor),
    checked_at: number(check.checkDate),
    confidence: number(check.confidence),
    evidence_uri: check.evidence,
  };
}

function ruleOf(rules: readonly Rule[], { address, args }: Checked): Rule {
  return known(rules.find(({ contract, ruleKey }) => contract === address && ruleKey === args.ruleId));
}

/** The product's newest checkpoint at that log. */
function latestCheckpoint(history: History, check: Checked): string | null {
  const registry = history.contracts.get(check.address)?.registry;
  const latest = eventsOf(history, 'ProductRegistry', 'CheckpointAdded').findLast(
    (event) =>
      event.address === registry && event.args.productId === check.args.productId && isBefore(event, check),
  );
  if (registry === undefined || latest === undefined) return null;
  const product = reference('products', registry, check.args.productId);
  return reference('checkpoints', product, latest.args.checkpointIndex);
}

type Position = Pick<Checked, 'block' | 'logIndex'>;

function isBefore(left: Position, right: Position): boolean {
  return (
    left.block.number < right.block.number ||
    (left.block.number === right.block.number && left.logIndex < right.logIndex)
  );
}

/**
 * By a check's index: the logs that changed its evidence. A log doesn't say which check it is of, so the contract is asked
 * before and after the block; the block's first such log is the one that shows the change.
 */
async function evidenceChanges(history: History, address: Hex, productId: bigint) {
  const updates = eventsOf(history, 'ComplianceContract', 'EvidenceUpdated').filter(
    (event) => event.address === address && event.args.productId === productId,
  );
  const changes = new Map<number, (typeof updates)[number][]>();
  for (const ofBlock of groupBy(updates, ({ block }) => number(block.number)).values()) {
    const event = known(ofBlock[0]);
    const [, before] = await readChecks(history, address, productId, event.block.number - 1n);
    const [, after] = await readChecks(history, address, productId, event.block.number);
    for (const [index, check] of before.entries()) {
      if (check.evidence !== known(after[index]).evidence)
        changes.set(index, [...(changes.get(index) ?? []), event]);
    }
  }
  return changes;
}

/** One a standard of the checked rules: its number is contract and product. */
function certificationRows(
  history: History,
  rules: readonly Rule[],
  events: readonly (Checked | Compliant)[],
  recorded: readonly Recorded[],
): ExpectedRow[] {
  const checks = events.filter((event) => event.name === 'ComplianceChecked');
  const withRecord = checks.map((event, index) => ({
    event,
    check: known(recorded[index]),
    rule: ruleOf(rules, event),
  }));
  return [...groupBy(withRecord, ({ rule }) => rule.standard)].map(([standardKey, group]) => {
    const {
      address,
      args: { productId },
    } = known(group[0]).event;
    const failed = new Set<string>();
    let issued: Recorded | null = null;
    let isValid = false;
    for (const { check, rule } of group) {
      if (check.passed) failed.delete(rule.ruleKey);
      else failed.add(rule.ruleKey);
      if (failed.size === 0 && !isValid) issued = check;
      isValid = failed.size === 0;
    }
    const certification_number = `${address}:${productId}`;
    const [made, ...changes] = group.flatMap(({ event }) => [event, conclusionOf(events, event)]);
    return {
      product_id: productLink(history, address, productId),
      standard_id: standardKey,
      certification_number,
      certification_number_digest: `0x${createHash('sha256').update(certification_number).digest('hex')}`,
      issued_by: issued === null ? null : issued.auditor.toLowerCase(),
      issued_at: issued === null ? null : number(issued.checkDate),
      expires_at: null,
      is_valid: isValid,
      certificate_uri: null,
      chain_product_id: number(productId),
      certificate_id: null,
      failed_rules: [...failed].toSorted(),
      created_at: number(known(made).block.timestamp),
      ...provenance(history.chainId, known(made), changes),
    };
  });
}

/** The `ProductCompliant` that follows a check. */
function conclusionOf(events: readonly (Checked | Compliant)[], check: Checked): Compliant {
  return known(events.slice(events.indexOf(check)).find((event) => event.name === 'ProductCompliant'));
}
