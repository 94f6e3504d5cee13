/** Compiles the tests' own contracts, which no fixture is made of. */
import { readFileSync } from 'node:fs';
import solc from 'solc';
import { z } from 'zod';
import type { Abi, Hex } from 'viem';

const compilerMessages = z.object({
  errors: z.array(z.object({ severity: z.string(), formattedMessage: z.string() })).default([]),
});
const compilerOutput = z.object({
  contracts: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({ abi: z.unknown(), evm: z.object({ bytecode: z.object({ object: z.string() }) }) }),
    ),
  ),
});

export interface CompiledContract {
  readonly abi: Abi;
  readonly bytecode: Hex;
}

/** Each from its own file in `test/e2e/contracts/`. Throws what the compiler has to say against them. */
export function compileContracts(names: readonly string[]): Map<string, CompiledContract> {
  return compileSources(
    names.map((name) => readFileSync(new URL(`../contracts/${name}.sol`, import.meta.url), 'utf8')),
  );
}

/** The contracts of these Solidity files, by their names. Throws the compiler's errors. */
export function compileSources(sources: readonly string[]): Map<string, CompiledContract> {
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries(sources.map((content, index) => [`${index}.sol`, { content }])),
    settings: {
      evmVersion: 'cancun',
      outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } },
    },
  };
  const output: unknown = JSON.parse(solc.compile(JSON.stringify(input)));
  const complaints = compilerMessages.parse(output).errors.filter(({ severity }) => severity === 'error');
  if (complaints.length > 0)
    throw new Error(complaints.map(({ formattedMessage }) => formattedMessage).join('\n'));
  return new Map(
    Object.values(compilerOutput.parse(output).contracts)
      .flatMap((ofFile) => Object.entries(ofFile))
      .map(([name, { abi, evm }]) => [name, { abi: abi as Abi, bytecode: `0x${evm.bytecode.object}` }]),
  );
}
