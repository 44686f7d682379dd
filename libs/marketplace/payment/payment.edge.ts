import { Controller, Get, Param } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import type { PaymentLine } from './contract/index.js';
import { PaymentData } from './payment.data.js';

const PathId = z.coerce.number().pipe(z.int32().positive());

/** Payments over HTTP: to look at. They are made by checking out. */
@ApiTags('payment')
@Controller('payment')
export class PaymentEdge {
  constructor(private readonly payments: PaymentData) {}

  @Get(':customerId/:orderId')
  @ApiOperation({
    summary: 'What was paid for an order: the money, then the vouchers; card numbers are masked',
  })
  @ApiNotFoundResponse({ description: 'Nothing was paid, or refused, for that order yet' })
  find(
    @Param('customerId', { schema: PathId }) customerId: number,
    @Param('orderId', { schema: PathId }) orderId: number,
  ): Promise<PaymentLine[]> {
    return this.payments.find(customerId, orderId);
  }
}
