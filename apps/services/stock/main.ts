import 'reflect-metadata';
import { StockModule } from '#marketplace/stock/module';
import { runService } from '../run-service.js';

await runService({ name: 'stock', here: [StockModule], elsewhere: [] });
