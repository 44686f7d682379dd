import type { CheckoutDetails } from '#marketplace/cart';
import type { PaymentMethod } from '#marketplace/payment';
import type { Refusal } from '#platform/seam';
import { otherCustomer, unusableCard } from './contract/checkout.refusals.js';
import type { CustomerCheckout } from './customer-checkout.js';

/** Why this checkout can't be accepted whatever the cart holds; undefined when nothing speaks against it. */
export function objection(customerId: number, checkout: CustomerCheckout, now: Date): Refusal | undefined {
  if (checkout.CustomerId !== customerId)
    return otherCustomer({ path: customerId, body: checkout.CustomerId });
  if (checkout.PaymentType === 'BOLETO') return undefined;
  // ISO/IEC 7812 allows up to 19 digits; shorter numbers than 12 are not in use. No check digit: test cards have none.
  if (!/^\d{12,19}$/.test(checkout.CardNumber.replace(/[ -]/g, '')))
    return unusableCard({ field: 'CardNumber' });
  if (!/^\d{3,4}$/.test(checkout.CardSecurityNumber)) return unusableCard({ field: 'CardSecurityNumber' });
  if (!goodUntil(checkout.CardExpiration, now)) return unusableCard({ field: 'CardExpiration' });
  return undefined;
}

/** Whether a card of this expiration (`MMyy`) can be charged now: a card is good to the last day of its month, UTC. */
export function goodUntil(expiration: string, now: Date): boolean {
  const match = /^(0[1-9]|1[0-2])(\d\d)$/.exec(expiration);
  if (!match) return false;
  return now.getTime() < Date.UTC(2000 + Number(match[2]), Number(match[1]), 1);
}

/** What payment keeps of a checkout. */
export function paymentMethod(checkout: CustomerCheckout): PaymentMethod {
  return {
    tid: checkout.instanceId,
    customerId: checkout.CustomerId,
    type: checkout.PaymentType,
    number: checkout.CardNumber.replace(/[ -]/g, ''),
    holderName: checkout.CardHolderName,
    expiration: checkout.CardExpiration,
    brand: checkout.CardBrand,
    installments: installments(checkout),
  };
}

/** What the rest of the shop learns of a checkout: no card, only payment's reference to it. */
export function details(checkout: CustomerCheckout, reference: string): CheckoutDetails {
  return {
    CustomerId: checkout.CustomerId,
    FirstName: checkout.FirstName,
    LastName: checkout.LastName,
    Street: checkout.Street,
    Complement: checkout.Complement,
    City: checkout.City,
    State: checkout.State,
    ZipCode: checkout.ZipCode,
    PaymentType: checkout.PaymentType,
    PaymentReference: reference,
    CardBrand: checkout.CardBrand,
    Installments: installments(checkout),
    instanceId: checkout.instanceId,
  };
}

/** Drivers send 0 for what is not paid by credit card; stored is 1 (J22). */
function installments(checkout: CustomerCheckout): number {
  return checkout.PaymentType === 'CREDIT_CARD' ? Math.max(1, checkout.Installments) : 1;
}
