import { z } from 'zod';

/**
 * Money crosses contracts, events and HTTP as a JSON number of at most two decimals, is stored as `numeric(12,2)`, and is
 * added and multiplied as whole cents: a double holds those exactly up to 90,000,000,000,000.00.
 */
export const Money = z
  .number()
  .min(0)
  .max(9_999_999_999.99)
  .refine((amount) => Math.abs(Math.round(amount * 100) - amount * 100) < 1e-6, {
    message: 'Expected at most two decimals',
  });

/**
 * Whole cents of an amount.
 *
 * @param amount a JSON number, or the string in which Postgres hands out a `numeric`
 */
export function toCents(amount: number | string): number {
  const cents = Math.round(Number(amount) * 100);
  if (!Number.isSafeInteger(cents)) throw new RangeError(`Not an amount of money: ${String(amount)}`);
  return cents;
}

/** The amount of some whole cents, as contracts and HTTP carry it. */
export function fromCents(cents: number): number {
  return cents / 100;
}
