import { Injectable } from '@nestjs/common';
import { InvoiceIssued } from '#marketplace/order';
import { type Heard, Listens } from '#platform/events';
import { giveUp, PaymentData } from './payment.data.js';

/** What payment does when it hears of something, up to the call to the provider (payment.process). */
@Injectable()
export class PaymentListeners {
  constructor(private readonly payments: PaymentData) {}

  @Listens({
    name: 'payment.intend',
    to: InvoiceIssued,
    whenDead: (heard, unit) => giveUp(unit, heard.payload),
  })
  intend(heard: Heard<InvoiceIssued>): Promise<void> {
    return this.payments.intend(heard.payload);
  }
}
