import 'reflect-metadata';
import { ProductModule } from '#marketplace/product/module';
import { runService } from '../run-service.js';

await runService({ name: 'product', here: [ProductModule], elsewhere: [] });
