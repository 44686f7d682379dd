import type { PlatformLog } from '../platform-log.js';
import type { Levels, Threshold } from './levels.js';
import { type Asked, type WantedLevel, wantedLevels } from './wanted-levels.js';

/** How often a process looks what is wanted, in ms: a change is followed within this time and one statement. */
const LOOK_EVERY_MS = 1_000;

/** Makes a process follow the levels that somebody wants of it, until {@link stop}. */
export class LevelsWatch {
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();
  private ends: { readonly at: number; readonly each: WantedLevel }[] = [];
  private known = '';
  private stopped = false;

  constructor(
    private readonly database: Asked,
    private readonly log: PlatformLog & { readonly levels: Levels },
  ) {}

  /** Follows from now on; resolves once what is wanted now is in effect. */
  async start(): Promise<void> {
    this.looking = this.look();
    await this.looking;
    this.schedule();
  }

  /** Follows no longer; resolves when no statement is under way. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.looking;
  }

  private schedule(): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.looking = this.look();
      void this.looking.then(() => this.schedule());
    }, LOOK_EVERY_MS).unref();
  }

  private async look(): Promise<void> {
    try {
      const wanted = await wantedLevels(this.database);
      const now = performance.now();
      this.ends = wanted.map((each) => ({ at: now + (each.endsInMs ?? Number.POSITIVE_INFINITY), each }));
    } catch {
      // A database that is away is told by others; what was wanted ends all the same.
    }
    this.follow();
  }

  private follow(): void {
    const now = performance.now();
    const wanted = this.ends.filter(({ at }) => at > now).map(({ each }) => each);
    const levels = new Map(wanted.map(({ module, level }) => [module, level as Threshold]));
    const known = JSON.stringify([...levels].sort());
    if (known === (this.known || '[]')) return;
    this.known = known;
    this.log.levels.want(levels);
    this.log.info('Log levels have changed', {
      wanted: wanted.map(({ module, level, who, why }) => ({ module, level, who, why })),
    });
  }
}
