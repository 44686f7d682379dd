import 'reflect-metadata';
import { CartModule } from '#marketplace/cart/module';
import { runService } from '../run-service.js';

await runService({ name: 'cart', here: [CartModule], elsewhere: [] });
