import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from 'pg';
import { measure, otherTables, type Sizes } from './sizes.js';

const EVERY_MS = 2_000;
/** A slice goes when it has been passed for a minute, and the keeper has looked; and as long again for a slow machine. */
const LEVELS_WITHIN_MS = 180_000;

const OPEN = `select count(*)::int as open from banyan.deliveries where state = 'pending'`;
const FACTS = `select (setting::float8 * 1024 * 1024) as "maxWal", (pg_current_wal_lsn() - '0/0')::float8 as written
from pg_settings where name = 'max_wal_size'`;

/** Looks at the folder again and again, and keeps what it saw. */
export class Look {
  readonly samples: Sizes[] = [];
  private readonly began = performance.now();

  constructor(
    private readonly client: Client,
    private readonly home: string,
    private readonly published: () => number,
    private readonly note: (line: string) => void,
  ) {}

  /** Since the start. */
  get seconds(): number {
    return (performance.now() - this.began) / 1_000;
  }

  async take(): Promise<Sizes> {
    const sizes = await measure(this.client, this.home, this.seconds, this.published());
    this.samples.push(sizes);
    return sizes;
  }

  /** Looks until that is over. */
  async during(work: Promise<void>): Promise<void> {
    let over = false;
    const done = work.finally(() => {
      over = true;
    });
    while (!over) {
      await Promise.race([pause(EVERY_MS), done]);
      const { at, folder, published } = await this.take();
      if (this.samples.length % 10 === 0)
        this.note(
          `${at.toFixed(0)} s  ${published} events published, folder ${(folder / 2 ** 20).toFixed(0)} MiB`,
        );
    }
    await done;
  }

  /** Looks until all is delivered and no more bytes are kept than may be, or three minutes have passed. */
  async untilLevel(bytes: number): Promise<void> {
    const until = performance.now() + LEVELS_WITHIN_MS;
    while (performance.now() < until) {
      const { parts } = await this.take();
      if (parts['slices of events'] <= bytes && (await this.open()) === 0) return;
      await pause(EVERY_MS);
    }
  }

  /** What is left, after a checkpoint. */
  async end() {
    const others = await otherTables(this.client);
    await this.client.query('checkpoint');
    const after = await this.take();
    const [facts] = (await this.client.query(FACTS)).rows as [{ maxWal: number; written: number }];
    return { others, after, undelivered: await this.open(), ...facts };
  }

  private async open(): Promise<number> {
    return (await this.client.query(OPEN)).rows[0].open;
  }
}
