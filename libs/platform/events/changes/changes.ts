import type { DataSource } from 'typeorm';
import type { PlatformLog } from '../../telemetry/platform-log.js';
import type { Listener } from '../listener.js';
import { within } from '../within.js';
import { carryOn } from './carry-on.js';

const EVERY_MS = 1_000;
/** While a change waits for others to end something. */
const SOON_MS = 100;

const UNDER_WAY = 'select distinct listener from banyan.listener_changes where listener = any($1)';

// What comes back under a former name: restored, or published by who had seen an old state of things.
const STRAGGLERS = `with stray as (
  select l.renamed_to as name, l.name as former from banyan.listeners l
  where (l.name, l.renamed_to) in (select * from unnest($1::text[], $2::text[]))
    and exists (select from banyan.deliveries d where d.listener = l.name and d.state = 'pending')
), held as (
  update banyan.listeners l set horizon = 0 from stray where l.name = stray.name
)
insert into banyan.listener_changes (listener, kind, former) select name, 'rename', former from stray on conflict do nothing`;

/**
 * Carries on the changes of listeners that this process delivers for: other lanes, another name, a backfill. Any process may, and after
 * a crash another does; each step is a transaction of its own.
 */
export class Changes {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private again = false;
  private stopped = false;
  private failing = false;

  constructor(
    private readonly source: DataSource,
    /** The listeners that this process delivers for, now. */
    private readonly listeners: () => readonly Listener[],
    private readonly who: string,
    private readonly log: PlatformLog,
    /** Told of each listener whose change is complete: it may hear again what had waited. */
    private readonly complete: (listener: Listener) => void,
  ) {}

  start(): void {
    this.schedule(EVERY_MS);
  }

  /** Looks at once: other listeners are delivered for here now. */
  lookNow(): void {
    if (this.timer === undefined) {
      this.again = true; // it is looking at this moment, perhaps with the listeners of before
      return;
    }
    clearTimeout(this.timer);
    this.schedule(0);
  }

  /** Begins no further step, and waits for the one in hand, which goes back by itself when the process ends. */
  async stop(deadlineMs: number): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await within(deadlineMs, this.running ?? Promise.resolve());
  }

  private schedule(inMs: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.again = false;
      this.running = this.look().then((inMs) => this.schedule(this.again ? 0 : inMs));
    }, inMs);
  }

  /** @returns when to look again, in milliseconds */
  private async look(): Promise<number> {
    try {
      const listeners = this.listeners();
      await this.findStragglers(listeners);
      const names = listeners.map(({ name }) => name);
      const rows: { listener: string }[] = await this.source.query(UNDER_WAY, [names]);
      const changing = listeners.filter(({ name }) => rows.some(({ listener }) => listener === name));
      for (const listener of changing) await this.carry(listener);
      this.failing = false;
      return changing.length > 0 ? SOON_MS : EVERY_MS;
    } catch (error) {
      if (!this.failing && !this.stopped)
        this.log.warn('A change of a listener was interrupted; it is taken up again', { error });
      this.failing = true;
      return EVERY_MS;
    }
  }

  private async carry(listener: Listener): Promise<void> {
    while (!this.stopped) {
      const step = await carryOn(this.source, listener, this.who);
      if (step === 'wait') return;
      if (step !== 'done') continue;
      this.log.info(`The change of ${listener.name} is complete`);
      this.complete(listener);
    }
  }

  private async findStragglers(listeners: readonly Listener[]): Promise<void> {
    const renamed = listeners.flatMap(({ name, options: { was } }) =>
      was === undefined ? [] : [{ name, was }],
    );
    if (renamed.length === 0) return;
    await this.source.query(STRAGGLERS, [renamed.map(({ was }) => was), renamed.map(({ name }) => name)]);
  }
}
