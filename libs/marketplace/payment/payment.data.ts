import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { InvoiceIssued } from '#marketplace/order';
import { type Unit, UnitOfWork } from '#platform/work';
import {
  noSuchPayment,
  type PaymentApi,
  PaymentConfirmed,
  PaymentFailed,
  type PaymentLine,
  type PaymentMethod,
  type PaymentType,
} from './contract/index.js';
import { PaymentRequested } from './payment.events.js';
import { endCheckout } from './payment.marks.js';
import {
  type ChargeStatus,
  installmentsOf,
  isCard,
  lastDigits,
  masked,
  paymentLines,
} from './payment.rules.js';
import * as sql from './payment.sql.js';

/** What a call to the provider needs of the way to pay; all null when it is not known, or was dropped. */
export interface MethodToCharge {
  readonly type: PaymentType | null;
  readonly card_number: string | null;
  readonly card_expiration: string | null;
}

/** What stays of a card. */
interface SpentCard {
  readonly card_last4: string | null;
  readonly card_holder_name: string | null;
  readonly card_expiration: string | null;
  readonly card_brand: string | null;
}

/** The tables of payment, those that hang on others first. */
const tables = ['order_payment_cards', 'order_payments', 'charges', 'methods'] as const;

/** Keeps ways to pay, charges and payments: all that reads or writes their tables. */
@Injectable()
export class PaymentData implements PaymentApi {
  constructor(private readonly work: UnitOfWork) {}

  async keepMethod(method: PaymentMethod): Promise<{ reference: string }> {
    const card = isCard(method.type);
    const [kept] = await this.work.run((unit) =>
      unit.query<{ reference: string }>(sql.keepMethod, [
        randomUUID(),
        method.tid,
        method.customerId,
        method.type,
        card ? method.number : null,
        card ? lastDigits(method.number) : null,
        card ? method.holderName : null,
        card ? method.expiration : null,
        card ? method.brand : null,
        installmentsOf(method.type, method.installments),
      ]),
    );
    return { reference: (kept as { reference: string }).reference };
  }

  async find(customerId: number, orderId: number): Promise<PaymentLine[]> {
    const rows = await this.work.ask<{ line: PaymentLine }>(sql.findLines, [customerId, orderId]);
    if (rows.length === 0) throw noSuchPayment({ customerId, orderId });
    return rows.map(({ line }) => line);
  }

  /**
   * Writes down that an invoice is to be charged, and asks for it. Once per invoice: told again, it does
   * nothing.
   */
  intend(invoice: InvoiceIssued): Promise<void> {
    return this.work.run(async (unit) => {
      if (await enterCharge(unit, invoice)) unit.publish(PaymentRequested, invoice);
    });
  }

  /**
   * Writes down, before the call, that the provider is called for an invoice.
   *
   * @returns what to charge, or undefined when the provider has answered before
   */
  async beginCall(invoiceNumber: string): Promise<MethodToCharge | undefined> {
    const [method] = await this.work.run((unit) =>
      unit.query<MethodToCharge>(sql.beginCall, [invoiceNumber]),
    );
    return method;
  }

  /**
   * Drops the card numbers of checkouts that never came to a charge.
   *
   * @param age how long a number may wait, as Postgres writes intervals: `1 day`
   * @param most how many to drop now, the oldest first
   * @returns how many were dropped
   */
  async forgetUnspent(age: string, most: number): Promise<number> {
    return (await this.work.run((unit) => unit.query(sql.forgetUnspent, [age, most]))).length;
  }

  /** Forgets everything. A benchmark's reset means the same here. */
  cleanup(): Promise<void> {
    return this.work.run(async (unit) => {
      for (const table of tables) await unit.query(`delete from payment.${table}`);
    });
  }

  reset(): Promise<void> {
    return this.cleanup();
  }
}

/**
 * Gives up an invoice whose charge could not even be intended: nothing was taken, so it is a failed payment. That stands in
 * the ledger, so a replay of what died charges nobody for an order that has failed. Does nothing when the charge was
 * intended before: then its answer counts.
 */
export async function giveUp(unit: Unit, invoice: InvoiceIssued): Promise<void> {
  if (await enterCharge(unit, invoice)) await recordAnswer(unit, invoice, 'canceled', null);
}

/**
 * Records what became of a charge: its payment lines, and the event that tells of it. The first answer counts.
 *
 * @param providerId the provider's id of the charge; null when none was asked
 */
export async function recordAnswer(
  unit: Unit,
  invoice: InvoiceIssued,
  status: ChargeStatus,
  providerId: string | null,
): Promise<void> {
  const [card] = await unit.query<SpentCard>(sql.answer, [invoice.invoiceNumber, status, providerId]);
  if (!card) return;
  const lines = paymentLines(invoice, status);
  await unit.query(sql.insertLines, [
    invoice.customer.CustomerId,
    invoice.orderId,
    lines.map((line) => line.sequential),
    lines.map((line) => line.type),
    lines.map((line) => line.installments),
    lines.map((line) => line.value),
    lines.map((line) => line.status),
    card.card_last4 === null ? null : masked(card.card_last4),
    card.card_holder_name ?? '',
    card.card_expiration ?? '',
    card.card_brand ?? '',
  ]);
  tell(unit, invoice, status);
}

/** @returns false when the invoice is in the ledger already */
async function enterCharge(unit: Unit, invoice: InvoiceIssued): Promise<boolean> {
  const { customer, orderId, invoiceNumber, totalInvoice, instanceId } = invoice;
  const [entered] = await unit.query(sql.intend, [
    invoiceNumber,
    customer.CustomerId,
    orderId,
    instanceId,
    customer.PaymentReference,
    totalInvoice,
  ]);
  return entered !== undefined;
}

function tell(unit: Unit, invoice: InvoiceIssued, status: ChargeStatus): void {
  const { customer, orderId, items, totalInvoice: totalAmount, instanceId } = invoice;
  if (status === 'succeeded') {
    const date = new Date().toISOString();
    unit.publish(PaymentConfirmed, { customer, orderId, totalAmount, items, date, instanceId });
  } else {
    unit.publish(PaymentFailed, { status, customer, orderId, items, totalAmount, instanceId });
    endCheckout(unit, invoice, 'NOT_ACCEPTED');
  }
}
