/** Merges file and environment, validates the result, and formats the problems. */
import type { z } from 'zod';
import { contractKinds } from '../tracechain/contract-kinds.ts';
import { configurationKeys, contractKeys, keyEntries, otherVariables } from './keys.ts';
import type { ConfigurationKey, KeyDescription } from './keys.ts';
import { nearest, isRecord, valueAt } from './values.ts';
import { ConfigurationError } from './problems.ts';
import type { ConfigurationProblem } from './problems.ts';
import { configurationSchema, registryKeyOf } from './schema.ts';
import type { ValidConfiguration } from './schema.ts';
import { shownValue } from './secrets.ts';

type Environment = Readonly<Record<string, string | undefined>>;
type Sources = ReadonlyMap<ConfigurationKey, string>;

export interface Validated {
  readonly values: ValidConfiguration;
  /** The source of each key that is set: the name of the file or of a variable. */
  readonly sources: Sources;
  /** Probable mistakes that are not errors. */
  readonly warnings: readonly string[];
}

/** Returns the valid configuration. Throws a ConfigurationError that names all problems. */
export function validateConfiguration(
  file: { readonly name: string; readonly content: unknown } | null,
  environment: Environment,
): Validated {
  const content = file === null ? {} : file.content;
  const fileName = file?.name ?? '';
  if (!isRecord(content)) {
    throw new ConfigurationError([
      {
        key: 'default export',
        source: fileName,
        message: 'is not an object',
        fix: 'Export defineConfig({ … }).',
      },
    ]);
  }
  const { merged, sources } = mergeEnvironment(content, fileName, environment);
  const parsed = configurationSchema.safeParse(merged, { reportInput: true });
  if (!parsed.success) {
    throw new ConfigurationError(
      flattened(parsed.error.issues).flatMap((issue) => problemsOf(issue, merged, sources, fileName)),
    );
  }
  const warnings = [...unknownVariables(environment), ...idleRegistries(parsed.data)];
  return { values: parsed.data, sources, warnings };
}

/** Overrides the file's values by those of the variables; an empty variable counts as unset. */
function mergeEnvironment(
  content: Readonly<Record<string, unknown>>,
  file: string,
  environment: Environment,
) {
  const merged: Record<string, unknown> = { ...content };
  const sources = new Map<ConfigurationKey, string>();
  for (const [key, { variable, fromText }] of keyEntries()) {
    const [group = '', name] = key.split('.');
    const outer = merged[group];
    const inFile = name === undefined ? outer : isRecord(outer) ? outer[name] : undefined;
    if (inFile !== undefined) sources.set(key, file);
    const text = environment[variable]?.trim();
    if (text === undefined || text === '') continue;
    sources.set(key, variable);
    if (name === undefined) merged[group] = fromText(text);
    else if (outer === undefined || isRecord(outer)) merged[group] = { ...outer, [name]: fromText(text) };
  }
  return { merged, sources };
}

/** The issue of a union says only that nothing matched; one issue with the key's expectation replaces all of them. */
function flattened(issues: readonly z.core.$ZodIssue[]): readonly z.core.$ZodIssue[] {
  const seen = new Set<string>();
  return issues.flatMap((issue): readonly z.core.$ZodIssue[] => {
    const inner = issue.code === 'invalid_union' ? customIssue(issue) : issue;
    const id = `${inner.path.join('.')} ${inner.code === 'custom' ? inner.message : ''}`;
    if (inner.code !== 'unrecognized_keys' && seen.has(inner.path.join('.'))) return [];
    seen.add(id);
    seen.add(inner.path.join('.'));
    return [inner];
  });
}

function customIssue(issue: z.core.$ZodIssueInvalidUnion): z.core.$ZodIssue {
  const inner = issue.errors.flat().find(({ code, path }) => code === 'custom' && path.length === 0);
  return inner === undefined ? issue : { ...inner, path: issue.path };
}

function problemsOf(
  issue: z.core.$ZodIssue,
  merged: unknown,
  sources: Sources,
  fileName: string,
): ConfigurationProblem[] {
  const path = issue.path.filter((part) => typeof part !== 'symbol');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownKey(path, key, sourceOf(path, sources) ?? fileName));
  }
  const description = descriptionOf(path);
  const source = sourceOf(path, sources) ?? fileName;
  const value = valueAt(merged, path);
  const common = {
    key: writtenPath(path),
    ...(value === undefined ? {} : { value: shownValue(value, description.secret) }),
    ...(source === '' ? {} : { source }),
  };
  if (issue.code === 'custom' && issue.message !== 'Invalid input') {
    const fix: unknown = issue.params?.['fix'];
    return [{ ...common, message: issue.message, fix: typeof fix === 'string' ? fix : 'Correct it.' }];
  }
  const missing = value === undefined ? 'is missing; ' : '';
  const kind =
    typeof value === 'string' && path.at(-1) === 'kind' ? nearest(value, contractKinds) : undefined;
  const meant = kind === undefined ? '' : `Did you mean ${kind}? `;
  const otherwise = description.default === undefined ? '' : `, or omit it (default: ${description.default})`;
  const fix = `${meant}${value === undefined ? 'Add' : 'Correct'} it${otherwise}.`;
  return [{ ...common, message: `${missing}it must be ${description.expected}`, fix }];
}

interface Expectation {
  readonly expected: string;
  readonly secret: KeyDescription['secret'];
  /** The default if it is omitted; undefined if it is required. */
  readonly default: string | undefined;
}

function descriptionOf(path: readonly (string | number)[]): Expectation {
  const [group, second, field] = path;
  if (group === 'contracts' && typeof field === 'string') {
    const expected = field === 'kind' ? `one of ${contractKinds.join(', ')}` : contractKeys[field];
    const isOptional = field === 'registry' || field === 'childRegistry';
    return {
      expected: expected ?? 'a value',
      secret: undefined,
      default: isOptional ? 'not known' : undefined,
    };
  }
  if (group === 'contracts' && typeof second === 'number') {
    return {
      expected: '{ kind, address, startBlock, registry?, childRegistry? }',
      secret: undefined,
      default: undefined,
    };
  }
  const entry = keyEntries().find(([key]) => key === String(group) || key === `${group}.${second}`);
  if (entry !== undefined) return { ...entry[1], secret: entry[1].secret };
  return { expected: 'an object of keys', secret: undefined, default: 'the defaults of its keys' };
}

function unknownKey(path: readonly (string | number)[], key: string, source: string): ConfigurationProblem {
  const written = writtenPath([...path, key]);
  const known = knownKeysAt(path);
  const near = nearest(key, known) ?? nearest(written, Object.keys(configurationKeys)) ?? elsewhere(key);
  const meant = near === undefined ? `Known here: ${known.join(', ')}.` : `Did you mean ${near}?`;
  return {
    key: written,
    ...(source === '' ? {} : { source }),
    message: 'is not a key of the configuration',
    fix: meant,
  };
}

/** Finds a key in the wrong group. */
function elsewhere(key: string): string | undefined {
  return Object.keys(configurationKeys).find((known) => known.split('.')[1] === key);
}

function knownKeysAt(path: readonly (string | number)[]): string[] {
  const [group] = path;
  if (group === 'contracts') return Object.keys(contractKeys);
  if (path.length === 2) return ['depth'];
  const keys = Object.keys(configurationKeys).map((key) => key.split('.'));
  if (group === undefined) return [...new Set(keys.map(([name = '']) => name))];
  return keys.flatMap(([outer, name]) => (outer === group && name !== undefined ? [name] : []));
}

function sourceOf(path: readonly (string | number)[], sources: Sources): string | undefined {
  const [group, name] = path;
  const entry = keyEntries().find(([key]) => key === group || key === `${group}.${name}`);
  return entry === undefined ? undefined : sources.get(entry[0]);
}

/** `contracts[2].address` */
function writtenPath(path: readonly (string | number)[]): string {
  return path.reduce<string>(
    (written, part) =>
      typeof part === 'number' ? `${written}[${part}]` : written === '' ? part : `${written}.${part}`,
    '',
  );
}

/** Variables that Kubernetes sets in every container for a service named "tracechain". */
const serviceLink = /^TRACECHAIN_(?:SERVICE_(?:HOST|PORT)|PORT(?:_\d+_))/;

function unknownVariables(environment: Environment): string[] {
  const known: string[] = [...keyEntries().map(([, { variable }]) => variable), ...otherVariables];
  return Object.keys(environment).flatMap((variable) => {
    if (!variable.startsWith('TRACECHAIN_') || known.includes(variable)) return [];
    if (serviceLink.test(variable) || variable === 'TRACECHAIN_PORT') return [];
    const near = nearest(variable, known);
    const meant = near === undefined ? '' : `; did you mean ${near}?`;
    return [`The variable ${variable} is unknown and ignored${meant}`];
  });
}

function idleRegistries({ contracts }: ValidConfiguration): string[] {
  return contracts.flatMap((entry, index) =>
    (['registry', 'childRegistry'] as const)
      .filter((key) => entry[key] !== undefined && registryKeyOf(entry.kind) !== key)
      .map((key) => `contracts[${index}].${key} has no effect for a ${entry.kind} and is ignored`),
  );
}
