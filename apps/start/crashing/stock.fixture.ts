import 'reflect-metadata';
import { run } from '#platform/host';
import { StockModule } from './modules.fixture.js';

await run({ name: 'stock', here: [StockModule], migrate: () => Promise.resolve() });
