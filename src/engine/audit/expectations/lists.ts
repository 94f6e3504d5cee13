/** Reads the lists that contracts offer: by a counter, or by an index whose end only a revert shows. */
import type { ReadResult } from '../../rpc/types.ts';
import type { ReadPlan } from '../../contract/read-plan.ts';
import type { View } from '../../contract/views.ts';
import type { Address } from '../../../primitives/hex.ts';
import type { ListQuestion } from './entity-kind.ts';

/** A longer list is not realistic: the counter belongs to a hostile contract, and only the rows are checked. */
const longestList = 10_000_000n;

/** The numbers from `first` up to but excluding `next`. Null if the counter is unknown or implausible. */
export function countedFrom(first: bigint, next: bigint | null): bigint[] | null {
  if (next === null || next < first || next - first > longestList) return null;
  return Array.from({ length: Number(next - first) }, (_, offset) => first + BigInt(offset));
}

const elementsARound = 500;

/** The elements of an indexed getter from 0 on. The first index that reverts ends the list. */
export function* elementsOf<Element>(
  view: View<readonly [bigint], Element>,
  target: Address,
): ReadPlan<Element[]> {
  return yield* elementsUpTo(view, target, Number(longestList), (result) => view.valueOf(result));
}

/** The elements of an indexed getter whose number the contract states. The contract owes each of them. */
export function* elementsOfCount<Element>(
  view: View<readonly [bigint], Element>,
  { address, answerOf }: ListQuestion,
  count: bigint,
): ReadPlan<Element[]> {
  return yield* elementsUpTo(view, address, Number(count), (result) => answerOf(view, result));
}

function* elementsUpTo<Element>(
  view: View<readonly [bigint], Element>,
  target: Address,
  atMost: number,
  valueOf: (result: ReadResult) => Element | null,
): ReadPlan<Element[]> {
  const elements: Element[] = [];
  while (elements.length < atMost) {
    const count = Math.min(elementsARound, atMost - elements.length);
    const from = elements.length;
    const results = yield Array.from({ length: count }, (_, offset) =>
      view.request(target, [BigInt(from + offset)]),
    );
    const answers = results.map(valueOf);
    const end = answers.indexOf(null);
    for (const answer of end === -1 ? answers : answers.slice(0, end))
      if (answer !== null) elements.push(answer);
    if (end !== -1) break;
  }
  return elements;
}
