/** What stands in a line where a card number stood. */
export const HIDDEN_CARD = '[card number]';

/** 13 to 19 digits in one run, or grouped as they are printed on cards (4-4-4-4 and on, 4-6-5, 4-6-4). */
const CANDIDATE =
  /(?<!\d)(?:\d{13,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{1,4}(?:\1\d{1,3})?|\d{4}([ -])\d{6}\2\d{4,5})(?!\d)/g;

/** An id that a machine made: hex digits with at least one letter among them, a UUID, a traceparent. No card number. */
const MACHINE_ID = /^(?=.*[a-f])[0-9a-f]{2,8}(?:-?[0-9a-f]{2,32})+$/;

/** Replaces the card numbers in a text: digit runs of a card's length whose check digit (Luhn) is right. */
export function hideCardNumbers(text: string): string {
  if (MACHINE_ID.test(text)) return text;
  return text.replace(CANDIDATE, (run) => (isCardNumber(run.replace(/[ -]/g, '')) ? HIDDEN_CARD : run));
}

/**
 * Whether digits are a card number by ISO/IEC 7812: 13 to 19 of them, the last a Luhn check digit. One in ten of all
 * numbers passes, so 13 digits that begin with 1 are taken for what they always are here, milliseconds since 1970.
 */
export function isCardNumber(digits: string): boolean {
  if (!/^\d{13,19}$/.test(digits) || /^1\d{12}$/.test(digits) || /^0+$/.test(digits)) return false;
  let sum = 0;
  for (let at = 0; at < digits.length; at++) {
    const digit = digits.charCodeAt(digits.length - 1 - at) - 48;
    const doubled = at % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
