import { CronExpressionParser } from 'cron-parser';

/** Names, `L`, `#` and `?` differ between crons: what is documented is what every one of them reads. */
const plain = /^[\d*,/\s-]+$/;

/**
 * Whether the text is five cron fields of numbers, ranges, lists and steps, by the parser that pg-boss schedules with: what is
 * accepted here is never refused there.
 */
export function isCronExpression(text: string): boolean {
  // The parser takes a sixth field for seconds and missing ones for stars.
  if (!plain.test(text) || text.trim().split(/\s+/).length !== 5) return false;
  try {
    CronExpressionParser.parse(text.trim(), { tz: 'UTC' });
    return true;
  } catch {
    // Its errors have no code, and none of them has another reason than the text.
    return false;
  }
}
