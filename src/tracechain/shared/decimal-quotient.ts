/** Quotients of big integers as decimal text: exact where the decimals suffice, cut off behind them where not. */

/** `dividend / divisor` with at most `decimals` decimals, without trailing zeros: 36, 24 and 6 give '1.5'. Neither is negative. */
export function decimalQuotient(dividend: bigint, divisor: bigint, decimals: number): string {
  const digits = ((dividend * 10n ** BigInt(decimals)) / divisor).toString().padStart(decimals + 1, '0');
  const fraction = digits.slice(-decimals).replace(/0+$/, '');
  const whole = digits.slice(0, -decimals);
  return fraction === '' ? whole : `${whole}.${fraction}`;
}
