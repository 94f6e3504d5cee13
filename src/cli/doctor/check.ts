/** The result of one check of `doctor`. */
export interface Finding {
  readonly area: 'configuration' | 'versions' | 'node' | 'contracts' | 'database';
  readonly level: 'ok' | 'warn' | 'fail';
  /** The subject of the check, such as `chain id` or a contract. */
  readonly subject: string;
  readonly message: string;
  /** How to fix it; absent if the check passed. */
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
