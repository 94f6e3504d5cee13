/** SQL fragments that the ledger's queries share. */

/** Selects a bytea column as `0x…` text under its own name, which is cheaper than converting a Buffer to hex. */
export function hexOf(column: string): string {
  return `'0x' || encode(${column}, 'hex') as ${column}`;
}
