/** From the Solidity sources to the text of every generated file. Nothing is written here: `compile.ts` does. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import solc from 'solc';
import { z } from 'zod';
import { InvariantError, required } from '../src/primitives/errors.ts';
import { artifactPath, fixtureNames, indexedContractNames } from './artifacts.ts';
import type { FixtureName } from './artifacts.ts';

const require = createRequire(import.meta.url);

/**
 * Everything that the bytecode depends on is fixed here and no path or metadata hash gets into it, so that the output
 * is the same on every machine. Few optimizer runs keep the factories, which embed their children's creation code,
 * under the 24,576 bytes that a contract may have. The IR pipeline would make them smaller still and takes four times as long.
 */
export const compilerSettings = {
  optimizer: { enabled: true, runs: 1 },
  evmVersion: 'cancun',
  metadata: { bytecodeHash: 'none', appendCBOR: false },
} as const;

const wantedOutputs = ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'];

/** EIP-170. */
const maxRuntimeCodeBytes = 24_576;

interface AbiInput {
  name: string;
  type: string;
  indexed?: boolean | undefined;
  components?: AbiInput[] | undefined;
}

const abiInput: z.ZodType<AbiInput> = z.lazy(() =>
  z.object({
    name: z.string(),
    type: z.string(),
    indexed: z.boolean().optional(),
    components: z.array(abiInput).optional(),
  }),
);

/** The keys in the order in which they are written; what is not named here (`internalType`, `anonymous`) is left out. */
const abiEntry = z.object({
  type: z.enum(['constructor', 'error', 'event', 'fallback', 'function', 'receive']),
  name: z.string().optional(),
  stateMutability: z.enum(['pure', 'view', 'nonpayable', 'payable']).optional(),
  inputs: z.array(abiInput).optional(),
  outputs: z.array(abiInput).optional(),
});
type AbiEntry = z.infer<typeof abiEntry>;

const compiledContract = z.object({
  abi: z.array(abiEntry),
  evm: z.object({
    bytecode: z.object({ object: z.string() }),
    deployedBytecode: z.object({ object: z.string() }),
  }),
});
type CompiledContract = z.infer<typeof compiledContract>;

const compilerMessages = z.object({
  errors: z.array(z.object({ severity: z.string(), formattedMessage: z.string() })).default([]),
});
const compilerOutput = z.object({ contracts: z.record(z.string(), z.record(z.string(), compiledContract)) });

/** A file that isn't what the sources say. */
export interface StaleFile {
  /** Relative to the repository's root. */
  readonly path: string;
  readonly wantedText: string;
}

/**
 * Compiles the fixtures (some ten seconds of WebAssembly) and compares with what is there.
 *
 * @throws InvariantError on any compiler error or warning, and when a contract is too large to be deployed
 */
export function findStaleFiles(): StaleFile[] {
  return generateFiles()
    .filter(({ path, wantedText }) => textOf(path) !== wantedText)
    .toSorted((left, right) => left.path.localeCompare(right.path));
}

function textOf(path: string): string | undefined {
  const file = new URL(`../${path}`, import.meta.url);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

function generateFiles(): StaleFile[] {
  const contracts = compile();
  return [
    ...fixtureNames.map((name) => ({
      path: artifactPath(name),
      wantedText: artifactText(name, compiledOf(contracts, name)),
    })),
    ...indexedContractNames.map((name) => ({
      path: `abis/${name}.ts`,
      wantedText: abiText(name, compiledOf(contracts, name)),
    })),
    { path: 'abis/index.ts', wantedText: abiIndexText() },
  ];
}

function compile(): Map<string, CompiledContract> {
  const sources = fixtureNames.map((name) => [sourcePath(name), { content: sourceOf(name) }] as const);
  const outputs = fixtureNames.map((name) => [sourcePath(name), { [name]: wantedOutputs }] as const);
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries(sources),
    settings: { ...compilerSettings, outputSelection: Object.fromEntries(outputs) },
  };
  const output: unknown = JSON.parse(solc.compile(JSON.stringify(input), { import: readImport }));
  const { errors } = compilerMessages.parse(output);
  if (errors.length > 0) {
    const messages = errors.map((error) => error.formattedMessage).join('\n');
    throw new InvariantError(`the fixtures don't compile cleanly:\n${messages}`);
  }
  const { contracts } = compilerOutput.parse(output);
  return new Map(Object.values(contracts).flatMap((contractsOfFile) => Object.entries(contractsOfFile)));
}

/** The name that solc knows a source by. */
function sourcePath(name: FixtureName): string {
  return `contracts-fixtures/${name}.sol`;
}

function sourceOf(name: FixtureName): string {
  return readFileSync(fileURLToPath(new URL(`./${name}.sol`, import.meta.url)), 'utf8');
}

/** solc asks for what a source imports; its protocol for a failure is an `error` text. */
function readImport(path: string): { contents: string } | { error: string } {
  try {
    return { contents: readFileSync(require.resolve(path), 'utf8') };
  } catch (cause) {
    return { error: cause instanceof Error ? cause.message : String(cause) };
  }
}

function compiledOf(contracts: ReadonlyMap<string, CompiledContract>, name: FixtureName): CompiledContract {
  return required(contracts.get(name), `the compiled contract ${name}`);
}

function artifactText(name: FixtureName, { evm }: CompiledContract): string {
  const runtimeCodeBytes = evm.deployedBytecode.object.length / 2;
  if (runtimeCodeBytes > maxRuntimeCodeBytes) {
    throw new InvariantError(
      `${name} has ${runtimeCodeBytes} bytes of code, more than ${maxRuntimeCodeBytes}`,
    );
  }
  const artifact = {
    contractName: name,
    creationCode: `0x${evm.bytecode.object}`,
    runtimeCode: `0x${evm.deployedBytecode.object}`,
  };
  return `${JSON.stringify(artifact, null, 2)}\n`;
}

const generatedHeader = '// Generated by `npm run build:contracts`; do not edit.\n';

function abiText(name: FixtureName, { abi }: CompiledContract): string {
  const entries = abi.toSorted(compareEntries).map((entry) => `  ${JSON.stringify(entry)},\n`);
  return `${generatedHeader}export const ${abiConstantOf(name)} = [\n${entries.join('')}] as const;\n`;
}

function abiIndexText(): string {
  const exports = indexedContractNames.map(
    (name) => `export { ${abiConstantOf(name)} } from './${name}.ts';\n`,
  );
  return `${generatedHeader}${exports.join('')}`;
}

/** `ProductRegistry` → `productRegistryAbi`, `NFTCertificate` → `nftCertificateAbi`. */
function abiConstantOf(name: FixtureName): string {
  return `${name.replace(/^(?:[A-Z]+(?=[A-Z][a-z])|[A-Z])/, (start) => start.toLowerCase())}Abi`;
}

/** By kind, then by name, then by parameter types: independent of the order in the source. */
function compareEntries(left: AbiEntry, right: AbiEntry): number {
  const leftKey = sortKeyOf(left);
  const rightKey = sortKeyOf(right);
  return leftKey < rightKey ? -1 : Number(leftKey > rightKey);
}

function sortKeyOf(entry: AbiEntry): string {
  const parameterTypes = (entry.inputs ?? []).map((input) => input.type).join(',');
  return `${entry.type} ${entry.name ?? ''}(${parameterTypes})`;
}
