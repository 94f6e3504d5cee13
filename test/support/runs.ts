/**
 * How many cases of a property are tried: `few` in `npm test`, as many as it takes to see a fault that is there; `many` in `npm run test:large`,
 * which sets TEST_RUNS.
 */
export function runs(few: number, many: number): number {
  return process.env['TEST_RUNS'] === 'many' ? many : few;
}
