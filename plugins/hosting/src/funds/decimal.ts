/** Digits that a number keeps on its way through binary floating point (IEEE 754, `DBL_DIG`). */
const EXACT_DIGITS = 15;
const LONGEST = 64;
const DECIMAL = /^(0|[1-9][0-9]*)(\.[0-9]+)?$/;

/**
 * The decimal that somebody wrote into a YAML or JSON file, as text: of a number its shortest decimal form. Null when it
 * is no decimal, is negative, or is a number of more digits than a parser keeps; text may have any digits.
 */
export function decimalText(value: unknown): string | null {
  if (typeof value === 'number') {
    const text = Number.isFinite(value) && value >= 0 ? plainForm(value) : '';
    const digits = text.replace('.', '').replace(/^0+/, '').replace(/0+$/, '');
    return text !== '' && digits.length <= EXACT_DIGITS ? text : null;
  }
  return typeof value === 'string' && value.length <= LONGEST && DECIMAL.test(value) ? value : null;
}

/** `decimal` in units of 10^-`places`; null when it is finer than that. */
export function baseUnits(decimal: string, places: number): bigint | null {
  const [whole = '0', fraction = ''] = decimal.split('.');
  const digits = fraction.replace(/0+$/, '');
  return digits.length > places ? null : BigInt(whole + digits.padEnd(places, '0'));
}

/** JavaScript writes numbers below 10^-6 and from 10^21 with an exponent. */
function plainForm(number: number): string {
  const [mantissa = '', exponent] = String(number).split('e');
  if (exponent === undefined) return mantissa;
  const digits = mantissa.replace('.', '');
  const shift = Number(exponent);
  return shift < 0 ? `0.${'0'.repeat(-shift - 1)}${digits}` : digits.padEnd(shift + 1, '0');
}
