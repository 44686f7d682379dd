import 'reflect-metadata';
import { StorefrontModule } from '#marketplace/storefront/module';
import { runService } from '../run-service.js';

await runService({ name: 'storefront', here: [StorefrontModule], elsewhere: [] });
