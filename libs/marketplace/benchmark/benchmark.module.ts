import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CartApi } from '#marketplace/cart';
import { CartModule } from '#marketplace/cart/module';
import { CheckoutApi } from '#marketplace/checkout';
import { CheckoutModule } from '#marketplace/checkout/module';
import { CustomerApi } from '#marketplace/customer';
import { CustomerModule } from '#marketplace/customer/module';
import { OrderApi } from '#marketplace/order';
import { OrderModule } from '#marketplace/order/module';
import { PaymentApi } from '#marketplace/payment';
import { PaymentModule } from '#marketplace/payment/module';
import { ProductApi } from '#marketplace/product';
import { ProductModule } from '#marketplace/product/module';
import { SellerApi } from '#marketplace/seller';
import { SellerModule } from '#marketplace/seller/module';
import { ShipmentApi } from '#marketplace/shipment';
import { ShipmentModule } from '#marketplace/shipment/module';
import { StockApi } from '#marketplace/stock';
import { StockModule } from '#marketplace/stock/module';
import { WorkModule } from '#platform/work';
import { BenchmarkData } from './benchmark.data.js';
import { BenchmarkEdge } from './benchmark.edge.js';
import { BenchmarkListeners } from './benchmark.listeners.js';
import { BenchmarkProcess, EVERY_MODULE, type Resettable } from './benchmark.process.js';
import { TransactionMarkRow } from './entities/transaction-mark.entity.js';
import { MarkStream } from './mark-stream.process.js';

const EVERY_API = [
  CartApi,
  CheckoutApi,
  OrderApi,
  PaymentApi,
  ShipmentApi,
  SellerApi,
  CustomerApi,
  StockApi,
  ProductApi,
];

/** What benchmark drivers need of the marketplace. */
@Module({
  imports: [
    WorkModule.as('benchmark'),
    TypeOrmModule.forFeature([TransactionMarkRow]),
    CartModule,
    CheckoutModule,
    CustomerModule,
    OrderModule,
    PaymentModule,
    ProductModule,
    SellerModule,
    ShipmentModule,
    StockModule,
  ],
  controllers: [BenchmarkEdge],
  providers: [
    BenchmarkData,
    BenchmarkListeners,
    BenchmarkProcess,
    MarkStream,
    { provide: EVERY_MODULE, useFactory: (...modules: Resettable[]) => modules, inject: EVERY_API },
  ],
})
export class BenchmarkModule {}
