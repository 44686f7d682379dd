import { Body, Controller, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import { ApiConflictResponse, ApiNotFoundResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import type { StockItem } from './contract/index.js';
import { StockData } from './stock.data.js';

const Id = z.int32().positive();
const PathId = z.coerce.number().pipe(Id);
const Pieces = z.int32().nonnegative();

const StockRow = z
  .object({
    seller_id: Id,
    product_id: Id,
    qty_available: Pieces,
    qty_reserved: Pieces.default(0),
    order_count: Pieces.default(0),
    ytd: Pieces.default(0),
    data: z.string().max(10_000).default(''),
    version: z.string().min(1).max(200).default('0'),
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
  @ApiConflictResponse({ description: 'More pieces are reserved than would be left' })
  put(@Body({ schema: StockRow }) row: StockRow): Promise<StockItem> {
    return this.stock.put(row);
  }

  @Patch()
  @HttpCode(202)
  @ApiOperation({ summary: 'Put more pieces of a product on the shelf' })
  @ApiNotFoundResponse({ description: 'Stock does not know the product' })
  increase(@Body({ schema: Increase }) more: Increase): Promise<StockItem> {
    return this.stock.increase(more.seller_id, more.product_id, more.quantity);
  }

  @Get(':sellerId/:productId')
  @ApiOperation({ summary: 'The stock of one product' })
  @ApiNotFoundResponse({ description: 'Stock does not know the product' })
  find(
    @Param('sellerId', { schema: PathId }) sellerId: number,
    @Param('productId', { schema: PathId }) productId: number,
  ): Promise<StockItem> {
    return this.stock.find(sellerId, productId);
  }

  @Get(':sellerId')
  @ApiOperation({ summary: 'The stock of all products of a seller' })
  list(@Param('sellerId', { schema: PathId }) sellerId: number): Promise<StockItem[]> {
    return this.stock.list(sellerId);
  }
}
