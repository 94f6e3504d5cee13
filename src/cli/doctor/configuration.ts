import { startProblems } from '../../config/index.ts';
import type { Configuration } from '../../config/index.ts';
import { registryKeyOf } from '../../config/schema.ts';
import { fail, ok, warn } from './check.ts';
import type { Finding } from './check.ts';

/** Checks that the daemon would start with the configuration, and that rows will have their links. */
export function checkConfiguration(configuration: Configuration): Finding[] {
  const problems = startProblems(configuration).map(({ fix, key, message }) =>
    fail('configuration', key, message, fix),
  );
  const warnings = configuration.warnings.map((warning) =>
    warn('configuration', 'key', warning, 'Correct it, or remove it.'),
  );
  const { contracts } = configuration;
  const registries = contracts.flatMap((contract, index): Finding[] => {
    const key = registryKeyOf(contract.kind);
    if (key === null || contract[key] !== undefined) return [];
    return [
      warn(
        'configuration',
        `contracts[${index}].${key}`,
        `is not set: product ids of this ${contract.kind} will not be linked to products`,
        'Set it to the address of the ProductRegistry that the product ids refer to.',
      ),
    ];
  });
  const file = configuration.file ?? 'no file, variables and defaults';
  const isFine = problems.length === 0;
  return [
    ...(isFine ? [ok('configuration', 'configuration', `valid (${file})`)] : problems),
    ...warnings,
    ...registries,
  ];
}

const oldestNode = 24;

/** Checks the version of the running Node. */
export function checkVersions(version: string): Finding[] {
  const major = Number.parseInt(version, 10);
  if (major >= oldestNode) return [ok('versions', 'Node', version)];
  return [fail('versions', 'Node', `${version} is too old`, `Use Node ${oldestNode} or later.`)];
}
