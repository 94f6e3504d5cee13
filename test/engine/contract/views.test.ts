import * as fc from 'fast-check';
import { encodeAbiParameters, parseAbi, type AbiParameter } from 'viem';
import { describe, expect, it } from 'vitest';
import { nftCertificateAbi } from '../../../abis/index.ts';
import type { ReadRequest, ReadResult } from '../../../src/engine/rpc/types.ts';
import { findRuleText, textHash } from '../../../src/tracechain/compliance/rule-search.ts';
import { recordViewOf, viewOf } from '../../../src/engine/contract/views.ts';
import { toAddress, toHex } from '../../../src/primitives/hex.ts';

const target = toAddress(`0x${'aa'.repeat(20)}`);

describe('a record that a view returns', () => {
  const outputs = nftCertificateAbi.find(
    (item) => item.type === 'function' && item.name === 'getCertificate',
  );
  const components = outputs !== undefined && 'outputs' in outputs ? outputs.outputs : [];
  const unnamed = components.map((component) => ({ ...component, name: '' }));
  const asStruct: AbiParameter[] = [{ type: 'tuple', components: unnamed }];
  const record = fc.tuple(
    fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
    fc
      .uint8Array({ minLength: 20, maxLength: 20 })
      .map((bytes) => toAddress(`0x${Buffer.from(bytes).toString('hex')}`)),
  );

  it('a record decodes both from several outputs and from one struct', () => {
    const view = recordViewOf(nftCertificateAbi, 'getCertificate');
    fc.assert(
      fc.property(record, fc.constantFrom(0n, 32n, 320n), ([number, owner], small) => {
        fc.pre(BigInt(owner) > 10_000n);
        for (const productId of [number, small]) {
          const values = [
            productId,
            owner,
            'type',
            'code',
            'uri',
            true,
            1n,
            number,
            owner,
            ['ISO', ''],
          ] as const;
          const flat = encodeAbiParameters(components, values);
          const struct = encodeAbiParameters(asStruct, [values]);
          expect(view.valueOf({ status: 'ok', data: flat })).toEqual(values);
          expect(view.valueOf({ status: 'ok', data: struct })).toEqual(values);
        }
      }),
    );
  });
});

describe("the search of a rule's text", () => {
  const abi = parseAbi(['function activeRuleIds(uint256) view returns (string)']);
  const list = viewOf(abi, 'activeRuleIds');

  /** Runs the search over a list of the given length. Returns the result and the number of calls and rounds. */
  function search(length: number, wanted: string, answer?: (index: number) => ReadResult) {
    const plan = findRuleText(list, target, textHash(wanted));
    const indexOf = (request: ReadRequest) =>
      request.kind === 'call' ? Number(BigInt(`0x${request.calldata.slice(10)}`)) : -1;
    const answerOf = (index: number): ReadResult => {
      if (answer !== undefined) return answer(index);
      if (index >= length) return { status: 'reverted', data: '0x' };
      return { status: 'ok', data: toHex(encodeAbiParameters([{ type: 'string' }], [`rule ${index}`])) };
    };
    let calls = 0;
    let rounds = 0;
    let step = plan.next();
    while (!step.done) {
      calls += step.value.length;
      rounds += 1;
      step = plan.next(step.value.map((request) => answerOf(indexOf(request))));
    }
    return { found: step.value, calls, rounds };
  }

  it("any of the last 64 rules is found in few rounds, regardless of the list's length", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), fc.nat(63), (length, fromEnd) => {
        const index = Math.max(0, length - 1 - fromEnd);
        const { found, calls, rounds } = search(length, `rule ${index}`);
        expect(found).toBe(`rule ${index}`);
        expect(rounds).toBeLessThanOrEqual(11);
        expect(calls).toBeLessThanOrEqual(200);
      }),
    );
  });

  it('the search ends without an answer for an empty list, a missing text, and a node without the state', () => {
    expect(search(0, 'rule 0').found).toBeNull();
    expect(search(500, 'another').found).toBeNull();
    expect(search(500, 'rule 499', () => ({ status: 'unavailable' })).found).toBeNull();
  });

  it('the search is bounded for any answers of a contract', () => {
    fc.assert(
      fc.property(
        fc.func(
          fc.constantFrom<ReadResult>(
            { status: 'reverted', data: '0x' },
            { status: 'ok', data: '0x' },
            { status: 'oversized', bytes: 9e9 },
            { status: 'ok', data: toHex(encodeAbiParameters([{ type: 'string' }], ['same'])) },
          ),
        ),
        (answer) => {
          expect(search(0, 'wanted', answer).calls).toBeLessThanOrEqual(200);
        },
      ),
    );
  });
});
