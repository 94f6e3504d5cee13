/** The output of a benchmark: lines for people, or one JSON object as the last line. */

/** Rounds figures to their significant digits. */
export function rounded(result: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(result).map(([name, value]) => [
      name,
      typeof value === 'number' ? Number(value.toFixed(Math.abs(value) >= 100 ? 0 : 2)) : value,
    ]),
  );
}

/** Returns the median over the runs of each number; other values are equal in all runs. */
export function medians(results: readonly object[]): Record<string, unknown> {
  const [first] = results;
  if (first === undefined) throw new RangeError('no runs');
  return Object.fromEntries(
    Object.entries(first).map(([name, value]) => [
      name,
      typeof value === 'number' ? median(results.map((result) => numberOf(result, name))) : value,
    ]),
  );
}

export function printResult(result: object, asJson: boolean): void {
  const shown = rounded(result);
  const lines = Object.entries(shown).map(([name, value]) => `${name.padEnd(20)} ${String(value)}`);
  process.stdout.write(asJson ? `${JSON.stringify(shown)}\n` : `${lines.join('\n')}\n\n`);
}

/** Returns the quantile by nearest rank. `part` is between 0 and 1, and 1 gives the maximum. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN;
}

/**
 * Medians of latencies in block order: growing lag shows as a difference between the first and the last
 * quarter.
 */
export interface QuarterMedians {
  readonly firstQuarterMs: number;
  readonly lastQuarterMs: number;
}

export function quarterMedians(latenciesMs: readonly number[]): QuarterMedians {
  const quarter = Math.ceil(latenciesMs.length / 4);
  return {
    firstQuarterMs: median(latenciesMs.slice(0, quarter)),
    lastQuarterMs: median(latenciesMs.slice(-quarter)),
  };
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

function numberOf(result: object, name: string): number {
  return Number(Object.entries(result).find(([key]) => key === name)?.[1]);
}
