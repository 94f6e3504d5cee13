/** What a check of the doctor's says. */
export interface Finding {
  readonly area: 'configuration' | 'versions' | 'node' | 'contracts' | 'database';
  readonly level: 'ok' | 'warn' | 'fail';
  /** What was looked at, such as `chain id` or a contract. */
  readonly subject: string;
  readonly message: string;
  /** What to do about it; absent where all is well. */
  readonly fix?: string;
}

export type Area = Finding['area'];

export function ok(area: Area, subject: string, message: string): Finding {
  return { area, level: 'ok', subject, message };
}

export function warn(area: Area, subject: string, message: string, fix: string): Finding {
  return { area, level: 'warn', subject, message, fix };
}

export function fail(area: Area, subject: string, message: string, fix: string): Finding {
  return { area, level: 'fail', subject, message, fix };
}
