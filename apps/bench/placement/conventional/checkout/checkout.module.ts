import { Body, Controller, HttpCode, Module, Param, Post } from '@nestjs/common';
import { z } from 'zod';
import { clients } from '../clients.js';
import { database } from '../database.js';
import { Checkout } from './checkout.entity.js';
import { CheckoutService } from './checkout.service.js';
import { CustomerCheckout } from './customer-checkout.js';

const Id = z.coerce.number().int().positive().max(2_147_483_647);

@Controller('cart')
class CheckoutController {
  constructor(private readonly checkouts: CheckoutService) {}

  @Post(':customerId/checkout')
  @HttpCode(202)
  async checkOut(
    @Param('customerId', { schema: Id }) customerId: number,
    @Body({ schema: CustomerCheckout }) checkout: CustomerCheckout,
  ) {
    await this.checkouts.checkOut(customerId, checkout);
    const tid = checkout.instanceId;
    const statusUrl = `/cart/${customerId}/checkout/${encodeURIComponent(tid)}`;
    return { tid, status: 'accepted', statusUrl, marksUrl: '/marks' };
  }
}

@Module({
  imports: [...database([Checkout]), clients(['CART', 'PAYMENT', 'PRODUCT'])],
  controllers: [CheckoutController],
  providers: [CheckoutService],
})
export class CheckoutModule {}
