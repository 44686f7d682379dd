import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { PathId } from '#marketplace/text';
import { Product } from './contract/product.api.js';
import { PriceUpdate } from './price-update.js';
import { ProductData } from './product.data.js';

/** What sellers do with their products over HTTP. */
@ApiTags('product')
@Controller('product')
export class ProductEdge {
  constructor(private readonly products: ProductData) {}

  @Post()
  @ApiOperation({ summary: 'Offers a product, or replaces it if the seller offers it already' })
  @ApiResponse({ status: 201, description: 'The product is on offer.' })
  @ApiResponse({ status: 400, description: 'Not a product.' })
  async offer(@Body({ schema: Product }) product: Product): Promise<void> {
    await this.products.offer(product);
  }

  @Patch()
  @HttpCode(202)
  @ApiOperation({ summary: 'Sets a new price, if the given version is the current one' })
  @ApiResponse({
    status: 202,
    description:
      'Accepted; the mark of PRICE_UPDATE tells when carts know. A version that is out of date changes nothing.',
  })
  @ApiResponse({ status: 404, description: 'The seller offers no such product.' })
  async setPrice(@Body({ schema: PriceUpdate }) update: PriceUpdate): Promise<void> {
    await this.products.setPrice(update);
  }

  @Put()
  @HttpCode(202)
  @ApiOperation({
    summary: 'Replaces a product under a new version; carts that hold the old one cannot reserve it',
  })
  @ApiResponse({ status: 202, description: 'Accepted; the mark of UPDATE_PRODUCT tells when stock knows.' })
  @ApiResponse({ status: 404, description: 'The seller offers no such product.' })
  async replace(@Body({ schema: Product }) product: Product): Promise<void> {
    await this.products.replace(product);
  }

  @Delete(':sellerId/:productId')
  @HttpCode(202)
  @ApiOperation({ summary: 'Takes a product off the market' })
  @ApiResponse({ status: 202, description: 'Inactive, under a new version.' })
  @ApiResponse({ status: 404, description: 'The seller offers no such product.' })
  async withdraw(
    @Param('sellerId', { schema: PathId }) sellerId: number,
    @Param('productId', { schema: PathId }) productId: number,
  ): Promise<void> {
    await this.products.withdraw(sellerId, productId);
  }

  @Get(':sellerId')
  @ApiOperation({ summary: 'All products of a seller' })
  @ApiResponse({ status: 200, description: 'By product id; none for an unknown seller.' })
  list(@Param('sellerId', { schema: PathId }) sellerId: number): Promise<Product[]> {
    return this.products.list(sellerId);
  }

  @Get(':sellerId/:productId')
  @ApiOperation({ summary: 'One product' })
  @ApiResponse({ status: 200, description: 'The product.' })
  @ApiResponse({ status: 404, description: 'The seller offers no such product.' })
  find(
    @Param('sellerId', { schema: PathId }) sellerId: number,
    @Param('productId', { schema: PathId }) productId: number,
  ): Promise<Product> {
    return this.products.find(sellerId, productId);
  }
}
