import 'reflect-metadata';
import { run } from '#platform/host';
import { SellerModule } from './modules.fixture.js';

await run({ name: 'seller', here: [SellerModule], migrate: () => Promise.resolve() });
