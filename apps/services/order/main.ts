import 'reflect-metadata';
import { OrderModule } from '#marketplace/order/module';
import { runService } from '../run-service.js';

await runService({ name: 'order', here: [OrderModule], elsewhere: [] });
