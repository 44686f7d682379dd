import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { WorkModule } from '#platform/work';
import { CustomerApi } from './contract/customer.api.js';
import { CustomerData } from './customer.data.js';
import { CustomerEdge } from './customer.edge.js';
import { CustomerListeners } from './customer.listeners.js';
import { CustomerRow } from './entities/customer.entity.js';

/** Who buys, and how often that went well. */
@Module({
  imports: [WorkModule.as('customer'), TypeOrmModule.forFeature([CustomerRow])],
  controllers: [CustomerEdge],
  providers: [CustomerData, CustomerListeners, { provide: CustomerApi, useExisting: CustomerData }],
  exports: [CustomerApi],
})
export class CustomerModule {}
