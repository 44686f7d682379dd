import { Body, Controller, Get, HttpCode, Param, Patch, Post, Put } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { PathId, Tid } from '#marketplace/text';
import { CartData } from './cart.data.js';
import { type Cart, CartItem } from './contract/cart.api.js';

/** What customers do with their carts over HTTP; checking out is the checkout module's. */
@ApiTags('cart')
@Controller('cart')
export class CartEdge {
  constructor(private readonly carts: CartData) {}

  @Patch(':customerId/add')
  @HttpCode(202)
  @ApiOperation({ summary: 'Puts an item in the cart; one that is there already is replaced' })
  @ApiResponse({ status: 202, description: 'The item is in the cart.' })
  @ApiResponse({ status: 400, description: 'Not an item; its quantity must be positive.' })
  @ApiResponse({ status: 409, description: 'The cart is being checked out.' })
  async add(
    @Param('customerId', { schema: PathId }) customerId: number,
    @Body({ schema: CartItem }) item: CartItem,
  ): Promise<void> {
    await this.carts.add(customerId, item);
  }

  /** The documents of the benchmark say PUT where its code says PATCH (J1). */
  @Put(':customerId/add')
  @HttpCode(202)
  @ApiOperation({ summary: 'The same as PATCH' })
  @ApiResponse({ status: 202, description: 'The item is in the cart.' })
  async put(
    @Param('customerId', { schema: PathId }) customerId: number,
    @Body({ schema: CartItem }) item: CartItem,
  ): Promise<void> {
    await this.carts.add(customerId, item);
  }

  @Patch(':customerId/seal')
  @HttpCode(202)
  @ApiOperation({ summary: 'Empties the cart and opens it again' })
  @ApiResponse({ status: 202, description: 'The cart is empty and open.' })
  @ApiResponse({ status: 404, description: 'The customer has no cart.' })
  async seal(@Param('customerId', { schema: PathId }) customerId: number): Promise<void> {
    await this.carts.seal(customerId);
  }

  /** The documents of the benchmark say POST where its code says PATCH (J1). */
  @Post(':customerId/seal')
  @HttpCode(202)
  @ApiOperation({ summary: 'The same as PATCH' })
  @ApiResponse({ status: 202, description: 'The cart is empty and open.' })
  async postSeal(@Param('customerId', { schema: PathId }) customerId: number): Promise<void> {
    await this.carts.seal(customerId);
  }

  @Get(':customerId')
  @ApiOperation({ summary: 'The cart with its items' })
  @ApiResponse({ status: 200, description: 'The cart.' })
  @ApiResponse({ status: 404, description: 'The customer has no cart.' })
  find(@Param('customerId', { schema: PathId }) customerId: number): Promise<Cart> {
    return this.carts.find(customerId);
  }

  @Get(':customerId/history/:tid')
  @ApiOperation({ summary: 'What was submitted under a transaction id' })
  @ApiResponse({ status: 200, description: 'The lines as they were submitted; none when nothing was.' })
  history(
    @Param('customerId', { schema: PathId }) customerId: number,
    @Param('tid', { schema: Tid }) tid: string,
  ): Promise<CartItem[]> {
    return this.carts.history(customerId, tid);
  }
}
