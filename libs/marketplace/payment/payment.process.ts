import { Injectable } from '@nestjs/common';
import { type Heard, ListensOutside } from '#platform/events';
import type { Unit } from '#platform/work';
import { type MethodToCharge, PaymentData, recordAnswer } from './payment.data.js';
import { PaymentRequested } from './payment.events.js';
import { type Charge, PaymentGateway } from './payment.gateway.js';
import { endCheckout } from './payment.marks.js';
import { type ChargeStatus, isCard } from './payment.rules.js';

type Result = { readonly status: ChargeStatus; readonly id: string | null };

/**
 * Charges customers: the intent stands in the ledger, the provider is called under the invoice's number with
 * no transaction open, the answer is recorded in a transaction of its own. Whatever dies in between, the same
 * call is made again under the same key, so the customer is charged once.
 */
@Injectable()
export class PaymentProcess {
  constructor(
    private readonly payments: PaymentData,
    private readonly provider: PaymentGateway,
  ) {}

  @ListensOutside({
    name: 'payment.charge',
    to: PaymentRequested,
    attempts: 20, // about ten minutes of a provider that is out of reach
    whenDead: (heard, unit) => endCheckout(unit, heard.payload, 'ABORT'),
  })
  async charge(heard: Heard<PaymentRequested>): Promise<(unit: Unit) => Promise<void>> {
    const result = await this.ask(heard.payload);
    return async (unit) => {
      if (result) await recordAnswer(unit, heard.payload, result.status, result.id);
    };
  }

  /** @returns the answer, or undefined when it is recorded already */
  private async ask(invoice: PaymentRequested): Promise<Result | undefined> {
    if (!this.provider.enabled) return { status: 'succeeded', id: null };
    const method = await this.payments.beginCall(invoice.invoiceNumber);
    if (!method) return undefined;
    const charge = toCharge(invoice, method);
    return charge ? this.provider.charge(charge) : { status: 'requires_payment_method', id: null };
  }
}

/**
 * @returns the charge, or undefined when there is nothing left to charge it to: the method is unknown, its
 * number dropped
 */
function toCharge(invoice: PaymentRequested, method: MethodToCharge): Charge | undefined {
  const { type, card_number: number, card_expiration: expiration } = method;
  if (type === null) return undefined;
  const charge = {
    idempotencyKey: invoice.invoiceNumber,
    customerId: invoice.customer.CustomerId,
    amount: invoice.totalInvoice,
    type,
  };
  if (!isCard(type)) return charge;
  return number === null || expiration === null ? undefined : { ...charge, card: { number, expiration } };
}
