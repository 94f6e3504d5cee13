import { keccak256, toBytes } from 'viem';
import { toHash } from '../../../primitives/hex.ts';
import type { Address, Hash } from '../../../primitives/hex.ts';
import { ruleTexts } from '../vocabulary.ts';
import type { RuleText } from '../vocabulary.ts';
import type { EventOf, EventPlace } from './log.ts';

export interface Rule {
  readonly contract: Address;
  readonly text: RuleText;
  isActive: boolean;
}

export interface Check {
  readonly contract: Address;
  readonly productId: bigint;
  /** The index among the product's checks. */
  readonly index: bigint;
  readonly ruleId: string;
}

const ruleTextByHash = new Map(ruleTexts.map((text) => [toHash(keccak256(toBytes(text.ruleId))), text]));

/** The rules and checks of all compliance contracts, for rules in the vocabulary. */
export class ComplianceState {
  readonly rules: Rule[] = [];
  readonly checks: Check[] = [];
  readonly #rulesByKey = new Map<string, Rule>();
  readonly #checkCounts = new Map<string, bigint>();

  hasRule(contract: Address, { ruleId }: RuleText): boolean {
    return this.#rulesByKey.has(`${contract}:${keccak256(toBytes(ruleId))}`);
  }

  observe(event: EventOf<'ComplianceContract'>, { address }: EventPlace): void {
    switch (event.eventName) {
      case 'RuleAdded': {
        const text = textOf(event.args.ruleId);
        if (text === undefined) break;
        const rule: Rule = { contract: address, text, isActive: true };
        this.rules.push(rule);
        this.#rulesByKey.set(`${address}:${toHash(event.args.ruleId)}`, rule);
        break;
      }
      case 'RuleUpdated': {
        const rule = this.#rulesByKey.get(`${address}:${toHash(event.args.ruleId)}`);
        if (rule !== undefined) rule.isActive = event.args.isActive;
        break;
      }
      case 'ComplianceChecked': {
        const { productId } = event.args;
        const key = `${address}:${productId}`;
        const index = this.#checkCounts.get(key) ?? 0n;
        this.#checkCounts.set(key, index + 1n);
        const text = textOf(event.args.ruleId);
        if (text !== undefined)
          this.checks.push({ contract: address, productId, index, ruleId: text.ruleId });
        break;
      }
      default:
    }
  }
}

function textOf(ruleHash: string): RuleText | undefined {
  return ruleTextByHash.get(toHash(ruleHash) satisfies Hash);
}
