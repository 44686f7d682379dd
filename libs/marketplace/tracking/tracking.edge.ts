import { Controller, Get, Param } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { TrackingProcess } from './tracking.process.js';
import type { Tracking } from './tracking.rules.js';

const Id = z.coerce.number().pipe(z.int32().positive());

/** Tracking over HTTP. */
@ApiTags('tracking')
@Controller('tracking')
export class TrackingEdge {
  constructor(private readonly tracking: TrackingProcess) {}

  @Get(':customerId/:orderId')
  @ApiOperation({
    summary: 'Where an order is',
    description: 'One answer from order, payment and shipment; a part that does not exist yet is `pending`.',
  })
  @ApiOkResponse({ description: 'The order, its payment, its shipment, and a sentence that sums them up.' })
  @ApiNotFoundResponse({ description: 'The customer has no such order.' })
  track(
    @Param('customerId', { schema: Id }) customerId: number,
    @Param('orderId', { schema: Id }) orderId: number,
  ): Promise<Tracking> {
    return this.tracking.track(customerId, orderId);
  }
}
