import { Controller, Module } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { database } from '../database.js';
import type { Fact } from '../product/product.module.js';
import { Cart, CartHistory, CartItem } from './cart.entities.js';
import { CartService } from './cart.service.js';

@Controller()
class CartController {
  constructor(private readonly carts: CartService) {}

  @MessagePattern('cart.lines')
  lines(@Payload() { customerId }: { customerId: number }) {
    return this.carts.lines(customerId);
  }

  @MessagePattern('cart.submit')
  submit(@Payload() { customerId, tid, facts }: { customerId: number; tid: string; facts: Fact[] }) {
    return this.carts.submit(customerId, tid, facts);
  }
}

@Module({
  imports: database([Cart, CartItem, CartHistory]),
  controllers: [CartController],
  providers: [CartService],
})
export class CartModule {}
