import { parseAbi, toEventSelector, toFunctionSelector } from 'viem';
import type { Abi, AbiEvent, AbiFunction, AbiParameter } from 'viem';
import { describe, expect, it } from 'vitest';
import * as abis from '../../abis/index.ts';
import { fingerprint, writtenFingerprint } from '../../contracts-fixtures/fingerprint.ts';
import { required } from '../../src/primitives/errors.ts';
import { expectedEvents, expectedReads, expectedWrites } from './interface-page.ts';

const abiOf: Readonly<Record<string, Abi>> = {
  ComplianceContract: abis.complianceContractAbi,
  ComplianceFactory: abis.complianceFactoryAbi,
  NFTCertificate: abis.nftCertificateAbi,
  NFTFactory: abis.nftFactoryAbi,
  PaymentContract: abis.paymentContractAbi,
  ProductFactory: abis.productFactoryAbi,
  ProductRegistry: abis.productRegistryAbi,
  RewardsDistributor: abis.rewardsDistributorAbi,
  TraceAccessControl: abis.traceAccessControlAbi,
  TraceToken: abis.traceTokenAbi,
};

// Whether they really compile to them is tried in test/large/contracts.test.ts.
it('commits what the Solidity sources compiled to when they were last changed: npm run build:contracts', () => {
  expect(writtenFingerprint()).toBe(fingerprint());
});

describe.each(Object.entries(expectedEvents))('%s', (name, signatures) => {
  it('has exactly the events of the deployed contract, with their parameter names and indexed flags', () => {
    const generated = abiNamed(name)
      .filter((entry) => entry.type === 'event')
      .map(describeEvent);
    const expected = signatures.map((signature) => describeEvent(parseEvent(signature)));
    expect(generated.toSorted()).toEqual(expected.toSorted());
  });
});

describe.each(Object.entries(expectedReads))('%s', (name, signatures) => {
  it.each(signatures)('answers %s', (signature) => {
    const expected = parseFunction(signature);
    expect(describeTypes(functionOf(name, expected).outputs)).toBe(describeTypes(expected.outputs));
  });
});

describe.each(Object.entries(expectedWrites))('%s', (name, signatures) => {
  it.each(signatures)('takes %s', (signature) => {
    const expected = parseFunction(signature);
    expect(functionOf(name, expected).stateMutability).toBe(expected.stateMutability);
  });
});

function abiNamed(name: string): Abi {
  return required(abiOf[name], `the ABI of ${name}`);
}

function parseEvent(signature: string): AbiEvent {
  const [item] = parseItems(`event ${signature}`);
  if (item?.type !== 'event') throw new TypeError(`not an event: ${signature}`);
  return item;
}

function parseFunction(signature: string): AbiFunction {
  const [item] = parseItems(`function ${signature}`);
  if (item?.type !== 'function') throw new TypeError(`not a function: ${signature}`);
  return item;
}

function parseItems(...signatures: readonly string[]): Abi {
  return parseAbi(signatures);
}

/** The function with the same selector: the same name and the same parameter types. */
function functionOf(name: string, wanted: AbiFunction): AbiFunction {
  const selector = toFunctionSelector(wanted);
  const found = abiNamed(name).find(
    (entry) => entry.type === 'function' && toFunctionSelector(entry) === selector,
  );
  if (found?.type !== 'function') throw new Error(`${name} has no such function: ${wanted.name}`);
  return found;
}

function describeEvent(event: AbiEvent): string {
  const inputs = event.inputs.map(
    (input) => `${input.type}${input.indexed ? ' indexed' : ''} ${input.name ?? ''}`,
  );
  return `${event.name}(${inputs.join(', ')}) ${toEventSelector(event)}`;
}

function describeTypes(parameters: readonly AbiParameter[]): string {
  const types = parameters.map((parameter) =>
    'components' in parameter
      ? parameter.type.replace('tuple', describeTypes(parameter.components))
      : parameter.type,
  );
  return `(${types.join(', ')})`;
}
