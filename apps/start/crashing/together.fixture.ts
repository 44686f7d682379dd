import 'reflect-metadata';
import { run } from '#platform/host';
import { SellerModule, StockModule } from './modules.fixture.js';

await run({ name: 'together', here: [SellerModule, StockModule], migrate: () => Promise.resolve() });
