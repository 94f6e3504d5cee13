import { CronExpressionParser } from 'cron-parser';

/** Names, `L`, `#` and `?` differ between cron implementations; only what all of them accept is documented. */
const plain = /^[\d*,/\s-]+$/;

/**
 * Whether the text consists of five cron fields of numbers, ranges, lists and steps. It uses the parser of pg-boss, so pg-boss never
 * refuses what is accepted here.
 */
export function isCronExpression(text: string): boolean {
  // The parser accepts a sixth field for seconds, and treats missing fields as stars.
  if (!plain.test(text) || text.trim().split(/\s+/).length !== 5) return false;
  try {
    CronExpressionParser.parse(text.trim(), { tz: 'UTC' });
    return true;
  } catch {
    // Its errors have no code, and all of them are caused by the text.
    return false;
  }
}
