import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { PathId } from '#marketplace/text';
import { type Dashboard, Seller } from './contract/seller.api.js';
import { SellerData } from './seller.data.js';

/** Sellers over HTTP. */
@ApiTags('seller')
@Controller('seller')
export class SellerEdge {
  constructor(private readonly sellers: SellerData) {}

  @Post()
  @HttpCode(201)
  @ApiOperation({ summary: 'Register a seller, or replace what is known of one' })
  @ApiCreatedResponse({ description: 'Registered.' })
  register(@Body({ schema: Seller }) seller: Seller): Promise<void> {
    return this.sellers.register(seller);
  }

  @Get('dashboard/:sellerId')
  @ApiOperation({
    summary: 'What a seller has open',
    description: 'The open order lines and their sums, read at one moment: the sums are those of the lines.',
  })
  @ApiOkResponse({ description: '`sellerView` holds the sums, `orderEntries` the open lines.' })
  @ApiNotFoundResponse({ description: 'No such seller.' })
  dashboard(@Param('sellerId', { schema: PathId }) sellerId: number): Promise<Dashboard> {
    return this.sellers.dashboard(sellerId);
  }

  @Get(':id')
  @ApiOperation({ summary: 'A seller' })
  @ApiOkResponse({ description: 'The seller.' })
  @ApiNotFoundResponse({ description: 'No such seller.' })
  find(@Param('id', { schema: PathId }) id: number): Promise<Seller> {
    return this.sellers.find(id);
  }
}
