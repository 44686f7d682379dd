/**
 * What is kept of a card number: its last four digits. A number too short to hide anything is hidden whole.
 */
export function maskCard(number: string): string {
  const digits = number.replaceAll(/\D/g, '');
  if (digits === '') return '';
  return `**** **** **** ${digits.length >= 12 ? digits.slice(-4) : '****'}`;
}
