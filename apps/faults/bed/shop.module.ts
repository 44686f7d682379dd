import { Module } from '@nestjs/common';
import { WorkModule } from '#platform/work';
import { ShopEdge } from './shop.edge.js';
import { ShopListeners } from './shop.listeners.js';

/** Orders: stock is reserved, the bank charges, and what was paid is shipped, what was not goes back. */
@Module({ imports: [WorkModule.as('shop')], controllers: [ShopEdge], providers: [ShopListeners] })
export class ShopModule {}
