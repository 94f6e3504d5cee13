/** Small pieces of SQL that the ledger's queries share. */

/** Selects a bytea column as `0x…` text under its own name, which costs less than a Buffer that is made hex afterwards. */
export function hexOf(column: string): string {
  return `'0x' || encode(${column}, 'hex') as ${column}`;
}
