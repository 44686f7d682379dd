import { Module } from '@nestjs/common';
import { WorkModule } from '#platform/work';
import { SellerApi } from './contract/seller.api.js';
import { SellerData } from './seller.data.js';
import { SellerEdge } from './seller.edge.js';
import { SellerListeners } from './seller.listeners.js';

/** Who sells, and what each seller has open. */
@Module({
  imports: [WorkModule.as('seller')],
  controllers: [SellerEdge],
  providers: [SellerData, SellerListeners, { provide: SellerApi, useExisting: SellerData }],
  exports: [SellerApi],
})
export class SellerModule {}
