import 'reflect-metadata';
import { CustomerModule } from '#marketplace/customer/module';
import { runService } from '../run-service.js';

await runService({ name: 'customer', here: [CustomerModule], elsewhere: [] });
