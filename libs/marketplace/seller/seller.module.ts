import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { WorkModule } from '#platform/work';
import { SellerApi } from './contract/seller.api.js';
import { OrderEntryRow } from './entities/order-entry.entity.js';
import { SellerRow } from './entities/seller.entity.js';
import { SellerData } from './seller.data.js';
import { SellerEdge } from './seller.edge.js';
import { SellerListeners } from './seller.listeners.js';

/** Who sells, and what each seller has open. */
@Module({
  imports: [WorkModule.as('seller'), TypeOrmModule.forFeature([OrderEntryRow, SellerRow])],
  controllers: [SellerEdge],
  providers: [SellerData, SellerListeners, { provide: SellerApi, useExisting: SellerData }],
  exports: [SellerApi],
})
export class SellerModule {}
