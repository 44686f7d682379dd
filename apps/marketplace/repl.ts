import 'reflect-metadata';
import repl from 'node:repl';
import type { InjectionToken } from '@nestjs/common';
import { CartApi } from '#marketplace/cart';
import { OrderApi } from '#marketplace/order';
import { PaymentApi } from '#marketplace/payment';
import { ProductApi } from '#marketplace/product';
import { ShipmentApi } from '#marketplace/shipment';
import { StockApi } from '#marketplace/stock';
import { run } from '#platform/host';
import { migrate } from '../../migrations/migrate.js';
import { startStandIns } from '../stand-ins/start-stand-ins.js';
import { marketplace } from './modules.js';

// The marketplace with a prompt: `await get(OrderApi).list(1)`.
await run({
  name: 'marketplace',
  here: marketplace,
  migrate,
  standIns: startStandIns,
  next: () => [['try', 'await get(OrderApi).list(1)']],
  whenRunning: async (app) => {
    const prompt = repl.start({ prompt: 'banyan> ' });
    const get = <T>(token: InjectionToken<T>) => app.get(token);
    Object.assign(prompt.context, {
      app,
      get,
      CartApi,
      OrderApi,
      PaymentApi,
      ProductApi,
      ShipmentApi,
      StockApi,
    });
    prompt.on('exit', () => process.kill(process.pid, 'SIGTERM'));
  },
});
