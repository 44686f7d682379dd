import { Module } from '@nestjs/common';
import { WorkModule } from '#platform/work';
import { ProductApi } from './contract/product.api.js';
import { ProductData } from './product.data.js';
import { ProductEdge } from './product.edge.js';

/** What sellers offer: every change is numbered and told. */
@Module({
  imports: [WorkModule.as('product')],
  controllers: [ProductEdge],
  providers: [ProductData, { provide: ProductApi, useExisting: ProductData }],
  exports: [ProductApi],
})
export class ProductModule {}
