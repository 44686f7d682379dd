import 'reflect-metadata';
import { BenchmarkModule } from '#marketplace/benchmark/module';
import { CartModule } from '#marketplace/cart/module';
import { CheckoutModule } from '#marketplace/checkout/module';
import { CustomerModule } from '#marketplace/customer/module';
import { OrderModule } from '#marketplace/order/module';
import { PaymentModule } from '#marketplace/payment/module';
import { ProductModule } from '#marketplace/product/module';
import { SellerModule } from '#marketplace/seller/module';
import { ShipmentModule } from '#marketplace/shipment/module';
import { StockModule } from '#marketplace/stock/module';
import { runService } from '../run-service.js';

await runService({
  name: 'benchmark',
  here: [BenchmarkModule],
  elsewhere: [
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
});
