import { Controller, Get, Param } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { PathId } from '#marketplace/text';
import type { Order, OrderInFull } from './contract/index.js';
import { OrderData } from './order.data.js';

/** Orders over HTTP: to look at. They are made by checking out. */
@ApiTags('order')
@Controller('order')
export class OrderEdge {
  constructor(private readonly orders: OrderData) {}

  @Get(':customerId')
  @ApiOperation({ summary: 'The orders of a customer, oldest first' })
  @ApiOkResponse({ description: 'The orders without their lines; none for a customer who never ordered.' })
  list(@Param('customerId', { schema: PathId }) customerId: number): Promise<Order[]> {
    return this.orders.list(customerId);
  }

  @Get(':customerId/:orderId')
  @ApiOperation({ summary: 'One order with its lines and its history' })
  @ApiOkResponse({ description: 'The order, its lines, and every status that it had.' })
  @ApiNotFoundResponse({ description: 'The customer has no order of that number.' })
  find(
    @Param('customerId', { schema: PathId }) customerId: number,
    @Param('orderId', { schema: PathId }) orderId: number,
  ): Promise<OrderInFull> {
    return this.orders.find(customerId, orderId);
  }
}
