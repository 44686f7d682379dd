import { Module } from '@nestjs/common';
import { WorkModule } from '../work/work.module.js';
import { nameModules, refuseUnlisted } from './business-modules.js';

@Module({ imports: [WorkModule.as('stock')] })
class WarehouseModule {}
@Module({ imports: [WorkModule.as('order'), WarehouseModule] })
class OrderModule {}
@Module({ imports: [] })
class PriceListModule {}

describe('the modules that an app lists', () => {
  it('are called what they say of themselves, or else by their class', () => {
    const names = nameModules([WarehouseModule, PriceListModule, { module: PriceListModule, imports: [] }]);
    expect(names.map((module) => module.name)).toEqual(['stock', 'price-list', 'price-list']);
  });

  it('may not import a business module that the app lists nowhere', () => {
    const [order, stock] = nameModules([OrderModule, WarehouseModule]);
    expect(() => refuseUnlisted([order] as never, [])).toThrow(/order imports stock.*list it/);
    expect(() => refuseUnlisted([order] as never, [stock] as never)).not.toThrow();
    expect(() => refuseUnlisted([order, stock] as never, [])).not.toThrow();
  });
});
