import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { WorkModule } from '#platform/work';
import { StockApi } from './contract/index.js';
import { ReservationEntity } from './entities/reservation.entity.js';
import { StockItemEntity } from './entities/stock-item.entity.js';
import { StockData } from './stock.data.js';
import { StockEdge } from './stock.edge.js';
import { StockListeners } from './stock.listeners.js';

/** How many pieces of each product there are, and who has a claim on them. */
@Module({
  imports: [WorkModule.as('stock'), TypeOrmModule.forFeature([StockItemEntity, ReservationEntity])],
  controllers: [StockEdge],
  providers: [StockData, StockListeners, { provide: StockApi, useExisting: StockData }],
  exports: [StockApi],
})
export class StockModule {}
