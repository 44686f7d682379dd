import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from './database.js';
import { INVARIANTS } from './invariants/all.js';
import type { Scope } from './invariants/invariant.js';
import { type Judgement, judge } from './judge.js';

const EVERY_MS = 5_000;
/** These hold at every moment, not only at rest (spec, section 7). Each look costs one scan of orders or stock. */
const ALWAYS = INVARIANTS.filter(({ id }) => id === 'I1' || id === 'I8');

/** Looks at the invariants that must hold under load, every five seconds, until it is stopped. */
export class Watch {
  looks = 0;
  readonly violations: Judgement[] = [];
  private readonly stopping = new AbortController();
  private ended: Promise<void> = Promise.resolve();

  constructor(
    private readonly database: Database,
    private readonly scope: Scope,
  ) {}

  /** Begins to look. */
  start(): void {
    this.ended = this.look();
  }

  /** Ends after the look that is under way. @throws whatever broke a look */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.ended;
  }

  private async look(): Promise<void> {
    const { signal } = this.stopping;
    for (;;) {
      await pause(EVERY_MS, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      const judgements = await judge(this.database, ALWAYS, this.scope);
      this.looks++;
      this.violations.push(...judgements.filter(({ violations }) => violations > 0));
    }
  }
}
