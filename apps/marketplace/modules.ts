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
import { StorefrontModule } from '#marketplace/storefront/module';
import { TrackingModule } from '#marketplace/tracking/module';

/** Every business module of the marketplace. */
export const marketplace = [
  BenchmarkModule,
  CartModule,
  CheckoutModule,
  CustomerModule,
  OrderModule,
  PaymentModule,
  ProductModule,
  SellerModule,
  ShipmentModule,
  StockModule,
  StorefrontModule,
  TrackingModule,
];
