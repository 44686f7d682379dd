import { Injectable, Logger } from '@nestjs/common';
import { type Unit, UnitOfWork } from '#platform/work';
import type { Customer, CustomerApi, NewCustomer } from './contract/customer.api.js';
import { noSuchCustomer } from './contract/customer.refusals.js';
import { maskCard } from './customer.rules.js';
import { CustomerRow } from './entities/customer.entity.js';

/** How often something happened to a customer. */
export type Counter = 'success_payment_count' | 'failed_payment_count' | 'delivery_count';

/** Atomic increments: no counter is ever read in order to be written (J29). Constant texts, for each is prepared once. */
const COUNT: Readonly<Record<Counter, string>> = {
  success_payment_count: countOne('success_payment_count'),
  failed_payment_count: countOne('failed_payment_count'),
  delivery_count: countOne('delivery_count'),
};

/** Customers and their counters. */
@Injectable()
export class CustomerData implements CustomerApi {
  private readonly log = new Logger(CustomerData.name);

  constructor(private readonly work: UnitOfWork) {}

  find(id: number): Promise<Customer> {
    return this.work.read(async (unit) => {
      const row = await unit.manager.findOneBy(CustomerRow, { id });
      if (!row) throw noSuchCustomer({ customerId: id });
      return { ...row, created_at: row.created_at.toISOString(), updated_at: row.updated_at.toISOString() };
    });
  }

  register(customer: NewCustomer): Promise<void> {
    const { card_security_number: _, ...kept } = customer; // a card's code is never stored
    const row = { ...kept, card_number: maskCard(customer.card_number), updated_at: new Date() };
    return this.work.run(async (unit) => {
      await unit.manager.upsert(CustomerRow, row, ['id']);
    });
  }

  /**
   * Counts one more. Counters are of registered customers (spec, section 2): for anybody else there is nothing to count,
   * which is said in the log, and not by a dead delivery: that would hold up what the same customer does next.
   */
  async count(customerId: number, counter: Counter, unit: Unit): Promise<void> {
    const counted = await unit.query(COUNT[counter], [customerId]);
    if (counted.length === 0) {
      unit.afterCommit(() =>
        this.log.log(`Customer ${customerId} is not registered, so ${counter} was not counted.`),
      );
    }
  }

  reset(): Promise<void> {
    return this.work.run(async (unit) => {
      await unit.query(
        'update customer.customers set success_payment_count = 0, failed_payment_count = 0, delivery_count = 0',
      );
    });
  }

  cleanup(): Promise<void> {
    return this.work.run(async (unit) => {
      await unit.query('delete from customer.customers');
    });
  }
}

function countOne(counter: Counter): string {
  return `update customer.customers set ${counter} = ${counter} + 1, updated_at = now() where id = $1 returning 1`;
}
