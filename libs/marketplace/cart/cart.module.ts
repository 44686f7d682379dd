import { Module } from '@nestjs/common';
import { WorkModule } from '#platform/work';
import { CartData } from './cart.data.js';
import { CartEdge } from './cart.edge.js';
import { CartListeners } from './cart.listeners.js';
import { CartApi } from './contract/cart.api.js';
import { ReplicaData } from './replica.data.js';

/** Carts, and a causal replica of what sellers offer. */
@Module({
  imports: [WorkModule.as('cart')],
  controllers: [CartEdge],
  providers: [CartData, ReplicaData, CartListeners, { provide: CartApi, useExisting: CartData }],
  exports: [CartApi],
})
export class CartModule {}
