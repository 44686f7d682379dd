import 'reflect-metadata';
import { SellerModule } from '#marketplace/seller/module';
import { runService } from '../run-service.js';

await runService({ name: 'seller', here: [SellerModule], elsewhere: [] });
