import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { PaymentData } from './payment.data.js';

const EVERY_MS = 60 * 60 * 1000;
const AGE = '1 day';

/**
 * Drops card numbers that nobody came to charge: the cart was refused by stock, or its checkout never went
 * on. Numbers whose charge is still open stay, however old. Every instance sweeps; the statement does no harm
 * twice.
 */
@Injectable()
export class PaymentVaultSweep implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly log = new Logger(PaymentVaultSweep.name);
  private timer?: NodeJS.Timeout;
  private running = Promise.resolve();

  constructor(private readonly payments: PaymentData) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.running = this.sweep();
    }, EVERY_MS).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  private async sweep(): Promise<void> {
    try {
      const dropped = await this.payments.forgetUnspent(AGE);
      if (dropped > 0) this.log.log(`Dropped ${dropped} card numbers that nobody charged within ${AGE}.`);
    } catch (error) {
      this.log.error(`Old card numbers could not be dropped; tried again in an hour: ${String(error)}`);
    }
  }
}
