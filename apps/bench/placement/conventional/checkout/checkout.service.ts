import {
  BadRequestException,
  ConflictException,
  Inject,
  Injectable,
  NotFoundException,
  UnprocessableEntityException,
} from '@nestjs/common';
import { ClientProxy } from '@nestjs/microservices';
import { InjectRepository } from '@nestjs/typeorm';
import { firstValueFrom } from 'rxjs';
import { QueryFailedError, Repository } from 'typeorm';
import type { Lines } from '../cart/cart.service.js';
import type { Fact, Line } from '../product/product.module.js';
import { Checkout } from './checkout.entity.js';
import { type CustomerCheckout, isUsable } from './customer-checkout.js';

@Injectable()
export class CheckoutService {
  constructor(
    @InjectRepository(Checkout) private readonly checkouts: Repository<Checkout>,
    @Inject('CART') private readonly cart: ClientProxy,
    @Inject('PAYMENT') private readonly payment: ClientProxy,
    @Inject('PRODUCT') private readonly product: ClientProxy,
  ) {}

  /** Checks a cart out, once per instanceId. */
  async checkOut(customerId: number, checkout: CustomerCheckout): Promise<void> {
    if (!(await this.begin(customerId, checkout.instanceId))) return;
    try {
      if (checkout.CustomerId !== customerId)
        throw new BadRequestException('Another customer is in the body.');
      if (!isUsable(checkout, new Date()))
        throw new UnprocessableEntityException(`This card can't be charged.`);
      const lines = accepted(await ask<Lines>(this.cart, 'cart.lines', { customerId }));
      await ask(this.payment, 'payment.keep', methodOf(checkout));
      const facts = await ask<Fact[]>(this.product, 'product.current', lines);
      accepted(await ask<Lines>(this.cart, 'cart.submit', { customerId, tid: checkout.instanceId, facts }));
    } catch (error) {
      await this.settle(checkout.instanceId, 'refused');
      throw error;
    }
    await this.settle(checkout.instanceId, 'accepted');
  }

  /** @returns false when it was accepted before */
  private async begin(customerId: number, tid: string): Promise<boolean> {
    try {
      await this.checkouts.insert({ instance_id: tid, customer_id: customerId, state: 'running' });
      return true;
    } catch (error) {
      if (!(error instanceof QueryFailedError) || error.driverError.code !== '23505') throw error;
      const known = await this.checkouts.findOneByOrFail({ instance_id: tid });
      if (known.state === 'accepted' && known.customer_id === customerId) return false;
      throw new ConflictException('This checkout is still running, or was refused.');
    }
  }

  private async settle(tid: string, state: 'accepted' | 'refused'): Promise<void> {
    await this.checkouts.update({ instance_id: tid }, { state });
  }
}

function ask<T>(service: ClientProxy, pattern: string, payload: unknown): Promise<T> {
  return firstValueFrom(service.send<T>(pattern, payload));
}

function accepted(answer: Lines): Line[] {
  if ('lines' in answer) return answer.lines;
  if (answer.refused === 'no-cart') throw new NotFoundException('There is no cart.');
  throw new ConflictException('The cart is empty, or being checked out.');
}

function methodOf(checkout: CustomerCheckout) {
  return {
    tid: checkout.instanceId,
    customerId: checkout.CustomerId,
    type: checkout.PaymentType,
    number: checkout.CardNumber.replace(/[ -]/g, ''),
    holderName: checkout.CardHolderName,
    expiration: checkout.CardExpiration,
    brand: checkout.CardBrand,
    installments: checkout.PaymentType === 'CREDIT_CARD' ? Math.max(1, checkout.Installments) : 1,
  };
}
