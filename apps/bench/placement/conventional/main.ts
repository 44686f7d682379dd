/** One service of the conventional version: `node main.js order`. Says `{ ready: { url } }` to whoever started it. */
import 'reflect-metadata';
import type { Server } from 'node:net';
import { StandardSchemaValidationPipe, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Transport } from '@nestjs/microservices';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { CartModule } from './cart/cart.module.js';
import { CheckoutModule } from './checkout/checkout.module.js';
import { OrderModule } from './order/order.module.js';
import { PaymentModule } from './payment/payment.module.js';
import { ProductModule } from './product/product.module.js';
import { ShipmentModule } from './shipment/shipment.module.js';
import { TrackingModule } from './tracking/tracking.module.js';

const OVER_TCP: Readonly<Record<string, Type>> = {
  cart: CartModule,
  order: OrderModule,
  payment: PaymentModule,
  product: ProductModule,
  shipment: ShipmentModule,
};
const OVER_HTTP: Readonly<Record<string, Type>> = { checkout: CheckoutModule, tracking: TrackingModule };
const logger = ['warn', 'error', 'fatal'] as const;

/** @returns where the service listens, as `host:port` */
async function serveTcp(module: Type): Promise<string> {
  const app = await NestFactory.createMicroservice(module, {
    transport: Transport.TCP,
    options: { host: '127.0.0.1', port: 0 },
    logger: [...logger],
  });
  app.enableShutdownHooks();
  await app.listen();
  const { port } = app.unwrap<Server>().address() as { port: number };
  return `127.0.0.1:${port}`;
}

/** @returns its URL */
async function serveHttp(module: Type): Promise<string> {
  const app = await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter(), {
    logger: [...logger],
  });
  app.useGlobalPipes(new StandardSchemaValidationPipe());
  app.enableShutdownHooks();
  await app.listen(0, '127.0.0.1');
  return app.getUrl();
}

async function main(name: string): Promise<void> {
  const [tcp, http] = [OVER_TCP[name], OVER_HTTP[name]];
  if (!tcp && !http) throw new Error(`There is no service "${name}".`);
  const url = tcp ? await serveTcp(tcp) : await serveHttp(http as Type);
  process.send?.({ ready: { url } });
  process.on('disconnect', () => process.exit());
}

await main(process.argv[2] ?? '');
