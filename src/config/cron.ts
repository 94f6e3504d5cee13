/** Bounds of the five fields of crontab(5); 0 and 7 are both Sunday. */
const fields = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of the month', min: 1, max: 31 },
  { name: 'month', min: 1, max: 12 },
  { name: 'weekday', min: 0, max: 7 },
] as const;

const item = /^(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:\/(\d{1,2}))?$/;

/** Whether the text is five cron fields of numbers, ranges, lists and steps. (Names of months and days are left to calendars.) */
export function isCronExpression(text: string): boolean {
  const given = text.trim().split(/\s+/);
  return (
    given.length === fields.length &&
    fields.every(({ min, max }, index) => {
      const items = (given[index] ?? '').split(',');
      return items.every((one) => isItem(one, min, max));
    })
  );
}

function isItem(text: string, min: number, max: number): boolean {
  const match = item.exec(text);
  if (match === null) return false;
  const [, first, last, step] = match;
  const from = first === undefined ? min : Number(first);
  const to = last === undefined ? from : Number(last);
  return min <= from && from <= to && to <= max && (step === undefined || Number(step) >= 1);
}
