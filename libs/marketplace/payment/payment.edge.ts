import { Controller, Get, Param } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { PathId } from '#marketplace/text';
import type { PaymentLine } from './contract/index.js';
import { PaymentData } from './payment.data.js';

/** Payments over HTTP: to look at. They are made by checking out. */
@ApiTags('payment')
@Controller('payment')
export class PaymentEdge {
  constructor(private readonly payments: PaymentData) {}

  @Get(':customerId/:orderId')
  @ApiOperation({ summary: 'What was paid for an order' })
  @ApiOkResponse({
    description: 'The money, also when it was refused, then the vouchers. Card numbers are masked.',
  })
  @ApiNotFoundResponse({ description: 'Nothing was paid, or refused, for that order yet.' })
  find(
    @Param('customerId', { schema: PathId }) customerId: number,
    @Param('orderId', { schema: PathId }) orderId: number,
  ): Promise<PaymentLine[]> {
    return this.payments.find(customerId, orderId);
  }
}
