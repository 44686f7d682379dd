import type { PlatformLog } from '../telemetry/platform-log.js';
import type { Queryable } from './sql/instances.js';
import { type PlacementView, readPlacement } from './sql/read-placement.js';

const LOOK_EVERY_MS = 250;

/** Keeps an eye on who runs and who answers, for those who host nothing themselves: the facade. */
export class PlacementWatch {
  private current: PlacementView | undefined;
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();
  private stopped = false;
  private blind = false;

  /** @param changed told each new view, before it is handed out */
  constructor(
    private readonly database: Queryable,
    private readonly log: PlatformLog,
    private readonly changed: (view: PlacementView) => void,
  ) {}

  /** The last view; undefined until there was one. */
  get view(): PlacementView | undefined {
    return this.current;
  }

  /** Looks once, and then four times a second. */
  async start(): Promise<void> {
    await this.look();
    this.schedule();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.looking;
  }

  private schedule(): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.looking = this.look().finally(() => this.schedule());
    }, LOOK_EVERY_MS);
  }

  private async look(): Promise<void> {
    try {
      const view = await readPlacement(this.database);
      this.changed(view);
      this.current = view;
      if (this.blind) this.log.info('The registry is reached again');
      this.blind = false;
    } catch (error) {
      if (!this.blind && !this.stopped) {
        this.log.warn('The registry is not reached; going on with the routes of a moment ago', { error });
      }
      this.blind = true;
    }
  }
}
