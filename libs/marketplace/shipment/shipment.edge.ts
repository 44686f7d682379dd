import { Controller, Get, HttpCode, Param, Patch } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  ApiTooManyRequestsResponse,
} from '@nestjs/swagger';
import { PathId, Tid } from '#marketplace/text';
import type { Shipment } from './contract/shipment.api.js';
import { type Delivered, ShipmentData } from './shipment.data.js';

/** Shipment over HTTP. */
@ApiTags('shipment')
@Controller('shipment')
export class ShipmentEdge {
  constructor(private readonly shipments: ShipmentData) {}

  @Patch(':tid')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Update delivery',
    description:
      'Delivers, for the ten sellers with the oldest open packages, all packages of the oldest order of each.',
  })
  @ApiAcceptedResponse({
    description: 'Delivered; `delivered` names the packages, none if nothing was open.',
  })
  @ApiTooManyRequestsResponse({ description: 'Too many are waiting for their turn; nothing was delivered.' })
  async updateDelivery(
    @Param('tid', { schema: Tid }) tid: string,
  ): Promise<{ tid: string; delivered: Delivered[] }> {
    return { tid, delivered: await this.shipments.updateDelivery(tid) };
  }

  @Get(':customerId/:orderId')
  @ApiOperation({ summary: 'The shipment of an order, with its packages' })
  @ApiOkResponse({ description: 'The shipment, its packages and its booking with the carrier.' })
  @ApiNotFoundResponse({ description: 'No shipment (yet): it begins when the payment is confirmed.' })
  find(
    @Param('customerId', { schema: PathId }) customerId: number,
    @Param('orderId', { schema: PathId }) orderId: number,
  ): Promise<Shipment> {
    return this.shipments.find(customerId, orderId);
  }
}
