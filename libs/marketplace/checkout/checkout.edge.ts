import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { PathId, Tid } from '#marketplace/text';
import { CheckoutData } from './checkout.data.js';
import { CheckoutProcess } from './checkout.process.js';
import type { CheckoutStatus } from './contract/checkout.api.js';
import { CustomerCheckout } from './customer-checkout.js';

/** What an accepted checkout answers. */
interface Accepted {
  readonly tid: string;
  readonly status: 'accepted';
  /** Where the checkout's status can be asked. */
  readonly statusUrl: string;
  /** Server-sent events: the mark of `tid` ends the transaction. */
  readonly marksUrl: string;
}

/** Checking out over HTTP; the other routes of /cart are the cart module's. */
@ApiTags('cart')
@Controller('cart')
export class CheckoutEdge {
  constructor(
    private readonly process: CheckoutProcess,
    private readonly checkouts: CheckoutData,
  ) {}

  @Post(':customerId/checkout')
  @HttpCode(202)
  @ApiOperation({ summary: 'Checks the cart out; the same instanceId gets the same answer' })
  @ApiResponse({
    status: 202,
    description: 'Accepted: stock, order, payment and shipment follow, and a mark ends it.',
  })
  @ApiResponse({ status: 400, description: 'Not a checkout, or of another customer than the path says.' })
  @ApiResponse({ status: 404, description: 'The customer has no cart.' })
  @ApiResponse({
    status: 409,
    description: 'The cart is empty or being checked out; or the instanceId is taken.',
  })
  @ApiResponse({ status: 422, description: 'The card is malformed or has expired.' })
  async checkOut(
    @Param('customerId', { schema: PathId }) customerId: number,
    @Body({ schema: CustomerCheckout }) checkout: CustomerCheckout,
  ): Promise<Accepted> {
    const tid = checkout.instanceId;
    await this.process.checkOut(customerId, checkout);
    const statusUrl = `/cart/${customerId}/checkout/${encodeURIComponent(tid)}`;
    return { tid, status: 'accepted', statusUrl, marksUrl: '/marks' };
  }

  @Get(':customerId/checkout/:tid')
  @ApiOperation({ summary: 'How a checkout stands' })
  @ApiResponse({ status: 200, description: 'Running, accepted or refused (and why).' })
  @ApiResponse({ status: 404, description: 'The customer has no such checkout.' })
  find(
    @Param('customerId', { schema: PathId }) customerId: number,
    @Param('tid', { schema: Tid }) tid: string,
  ): Promise<CheckoutStatus> {
    return this.checkouts.find(customerId, tid);
  }
}
