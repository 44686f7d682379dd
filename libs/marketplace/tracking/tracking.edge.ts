import { Controller, Get, Param } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { PathId } from '#marketplace/text';
import { TrackingProcess } from './tracking.process.js';
import type { Tracking } from './tracking.rules.js';

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
    @Param('customerId', { schema: PathId }) customerId: number,
    @Param('orderId', { schema: PathId }) orderId: number,
  ): Promise<Tracking> {
    return this.tracking.track(customerId, orderId);
  }
}
