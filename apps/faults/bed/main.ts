import 'reflect-metadata';
import { type ListedModule, run } from '#platform/host';
import { migrate } from '../../../migrations/migrate.js';
import { AuditModule } from './audit.module.js';
import { BankModule } from './bank.module.js';
import { obeyArms } from './fault-points.js';
import { LateModule } from './late.module.js';
import { ShopModule } from './shop.module.js';

/** The modules of each app of the test bed. */
const APPS: Readonly<Record<string, readonly ListedModule[]>> = {
  together: [BankModule, ShopModule, AuditModule],
  bank: [BankModule],
  shop: [ShopModule],
  audit: [AuditModule],
  late: [LateModule],
};

const [name = 'together'] = process.argv.slice(2);
obeyArms();
await run({ name, here: APPS[name] ?? [], migrate });
