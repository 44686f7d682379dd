import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Tasks } from '#platform/telemetry';
import { PaymentData } from './payment.data.js';

const EVERY_MS = 60 * 60 * 1000;
const AGE = '1 day';
/** Numbers dropped in one transaction: a backlog is no reason for a long one. */
const MOST = 1_000;

/**
 * Drops card numbers that nobody came to charge: the cart was refused by stock, or its checkout never went
 * on. Numbers whose charge is still open stay, however old. At the start, since an instance that is restarted
 * every half an hour would never sweep, and every hour from then on. Every instance sweeps: they pass over what
 * another one holds.
 */
@Injectable()
export class PaymentVaultSweep implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly log = new Logger(PaymentVaultSweep.name);
  private timer?: NodeJS.Timeout;
  private running = Promise.resolve();
  private stopping = false;

  constructor(
    private readonly payments: PaymentData,
    private readonly tasks: Tasks,
  ) {}

  /** Begins, and does not wait: nobody's start should hang on old numbers. */
  onApplicationBootstrap(): void {
    this.running = this.sweep();
    this.timer = setInterval(() => {
      this.running = this.running.then(() => this.sweep());
    }, EVERY_MS).unref();
  }

  /** Waits for the transaction under way, not for the rest of the backlog. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    clearInterval(this.timer);
    await this.running;
  }

  private sweep(): Promise<void> {
    return this.tasks.run({ operation: 'payment.vault-sweep', module: 'payment' }, () => this.dropUnspent());
  }

  private async dropUnspent(): Promise<void> {
    let dropped = 0;
    try {
      for (let last = MOST; last === MOST && !this.stopping; dropped += last) {
        last = await this.payments.forgetUnspent(AGE, MOST);
      }
    } catch (error) {
      this.log.error(`Old card numbers could not be dropped; tried again in an hour: ${String(error)}`);
    }
    if (dropped > 0) this.log.log(`Dropped ${dropped} card numbers that nobody charged within ${AGE}.`);
  }
}
