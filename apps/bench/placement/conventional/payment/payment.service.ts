import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { QueryFailedError, Repository } from 'typeorm';
import { OrderPayment, PaymentMethod } from './payment.entities.js';

export interface MethodToKeep {
  tid: string;
  customerId: number;
  type: string;
  number: string;
  holderName: string;
  expiration: string;
  brand: string;
  installments: number;
}

@Injectable()
export class PaymentService {
  constructor(
    @InjectRepository(OrderPayment) private readonly payments: Repository<OrderPayment>,
    @InjectRepository(PaymentMethod) private readonly methods: Repository<PaymentMethod>,
  ) {}

  /** The payment lines of an order with their cards, in one query; null when there are none. */
  async find(customerId: number, orderId: number) {
    const lines = await this.payments.find({
      where: { customer_id: customerId, order_id: orderId },
      relations: { card: true },
      order: { sequential: 'ASC' },
    });
    if (lines.length === 0) return null;
    return lines.map(({ card, ...line }) => ({
      ...line,
      value: Number(line.value),
      card: card && {
        card_number: card.card_number,
        card_holder_name: card.card_holder_name,
        card_expiration: card.card_expiration,
        card_brand: card.card_brand,
      },
    }));
  }

  /** Keeps a way to pay; the same checkout again gets the reference of its first one. */
  async keep(method: MethodToKeep): Promise<{ reference: string }> {
    const reference = randomUUID();
    const card = method.type !== 'BOLETO';
    try {
      await this.methods.insert({
        reference,
        tid: method.tid,
        customer_id: method.customerId,
        type: method.type,
        card_number: card ? method.number : null,
        card_last4: card ? method.number.slice(-4) : null,
        card_holder_name: card ? method.holderName : null,
        card_expiration: card ? method.expiration : null,
        card_brand: card ? method.brand : null,
        installments: method.installments,
      });
      return { reference };
    } catch (error) {
      if (!(error instanceof QueryFailedError) || error.driverError.code !== '23505') throw error;
      const kept = await this.methods.findOneByOrFail({ tid: method.tid });
      return { reference: kept.reference };
    }
  }
}
