import { Body, Controller, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { z } from 'zod';
import { Id, PathId, Tid, text } from '#marketplace/text';
import type { StockItem } from './contract/index.js';
import { StockData } from './stock.data.js';

const Pieces = z.int32().nonnegative();

const StockRow = z
  .object({
    seller_id: Id,
    product_id: Id,
    qty_available: Pieces,
    qty_reserved: Pieces.default(0),
    order_count: Pieces.default(0),
    ytd: Pieces.default(0),
    data: text(10_000).default(''),
    version: Tid.default('0'),
    active: z.boolean().default(true),
  })
  .refine((row) => row.qty_reserved <= row.qty_available, {
    path: ['qty_reserved'],
    error: 'Expected no more than qty_available',
  });
type StockRow = z.output<typeof StockRow>;

const Increase = z.object({ seller_id: Id, product_id: Id, quantity: z.int32().positive() });
type Increase = z.output<typeof Increase>;

/** Stock over HTTP: sellers fill the shelf and look at it. */
@ApiTags('stock')
@Controller('stock')
export class StockEdge {
  constructor(private readonly stock: StockData) {}

  @Post()
  @ApiOperation({ summary: 'Create the stock of a product, or replace it (what is reserved stays reserved)' })
  @ApiCreatedResponse({ description: 'The stock as it stands now.' })
  @ApiConflictResponse({ description: 'More pieces are reserved than would be left.' })
  put(@Body({ schema: StockRow }) row: StockRow): Promise<StockItem> {
    return this.stock.put(row);
  }

  @Patch()
  @HttpCode(202)
  @ApiOperation({ summary: 'Put more pieces of a product on the shelf' })
  @ApiAcceptedResponse({ description: 'The stock as it stands now.' })
  @ApiNotFoundResponse({ description: 'Stock does not know the product.' })
  increase(@Body({ schema: Increase }) more: Increase): Promise<StockItem> {
    return this.stock.increase(more.seller_id, more.product_id, more.quantity);
  }

  @Get(':sellerId/:productId')
  @ApiOperation({ summary: 'The stock of one product' })
  @ApiOkResponse({ description: 'The stock.' })
  @ApiNotFoundResponse({ description: 'Stock does not know the product.' })
  find(
    @Param('sellerId', { schema: PathId }) sellerId: number,
    @Param('productId', { schema: PathId }) productId: number,
  ): Promise<StockItem> {
    return this.stock.find(sellerId, productId);
  }

  @Get(':sellerId')
  @ApiOperation({ summary: 'The stock of all products of a seller' })
  @ApiOkResponse({ description: 'By product id; none for a seller that stock has not heard of.' })
  list(@Param('sellerId', { schema: PathId }) sellerId: number): Promise<StockItem[]> {
    return this.stock.list(sellerId);
  }
}
