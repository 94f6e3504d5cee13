/** Compliance standards: one a code, however it is spelt. */
import { reference } from './row.ts';

/** The reference to a standard by any spelling. The driven contracts' codes are short and ASCII. */
export function standard(spelling: string): string {
  return reference('compliance_standards', spelling.replaceAll(/[\s_./-]/g, '').toUpperCase());
}
