import type { PlatformLog } from '../telemetry/platform-log.js';
import type { Instance, InstanceHealth, SeenInstance } from './instance.js';
import { enterInstance, leaveInstance, type Queryable, renewInstance } from './sql/instances.js';
import { type PlacementView, readPlacement } from './sql/read-placement.js';

/** How often a process looks who runs and who answers, in ms: a changed route is followed within this time. */
const LOOK_EVERY_MS = 250;

/** How often it renews its own row at the latest; at once when it has begun to follow a change. */
const RENEW_EVERY_MS = 1_000;

/** What the registry needs of the app that it registers. */
export interface RegistryParts {
  readonly database: Queryable;
  readonly log: PlatformLog;
  readonly self: Instance;
  /** What the app is doing now, to be shown to others. */
  readonly health: () => InstanceHealth;
  /** Acts on a new view: takes deliveries up or lays them down. Followed only once it has resolved. */
  readonly follow: (view: PlacementView) => Promise<void>;
}

const NOTHING: PlacementView = { version: '0', routes: new Map(), instances: [] };

/**
 * Keeps this process in the registry of instances, and the routes in this process. A process that can't reach Postgres goes on
 * with what it last knew: the routes of a moment ago are better than none, since every side of a move can answer.
 */
export class Registry {
  private current: PlacementView = NOTHING;
  private follows = '0';
  private renewedAt = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();
  /** Acting on a view that has changed: laying deliveries down may take as long as what is in work. */
  private following: Promise<void> | undefined;
  private stopped = false;
  private blind = false;

  constructor(private readonly parts: RegistryParts) {}

  /** Who runs and who answers, as of at most a quarter of a second ago. */
  get view(): PlacementView {
    return this.current;
  }

  /** Instances of an app, or all that host a module; this process among them. */
  hosting(module: string, app?: string): readonly SeenInstance[] {
    return this.current.instances.filter(
      (instance) => instance.modules.includes(module) && (app === undefined || instance.app === app),
    );
  }

  /** Looks at the routes without being seen: before the app is created. */
  async lookFirst(): Promise<void> {
    this.current = await readPlacement(this.parts.database);
  }

  /** Enters this process and begins to follow. */
  async enter(): Promise<void> {
    await enterInstance(this.parts.database, this.parts.self);
    await this.look();
    await this.following;
    this.schedule();
  }

  /** Leaves: from now on nobody new calls this process. */
  async leave(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.looking;
    await leaveInstance(this.parts.database, this.parts.self.id).catch((error: unknown) =>
      this.parts.log.warn('This instance could not sign out; others notice within 10 s', { error }),
    );
    await this.following;
  }

  private schedule(): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.looking = this.look().finally(() => this.schedule());
    }, LOOK_EVERY_MS);
  }

  private async look(): Promise<void> {
    const { database, log, self, health } = this.parts;
    try {
      this.current = await readPlacement(database);
      if (this.current.version !== this.follows) this.following ??= this.follow(this.current);
      if (performance.now() - this.renewedAt > RENEW_EVERY_MS) {
        this.renewedAt = performance.now();
        const known = await renewInstance(database, self.id, this.follows, health());
        if (!known) {
          await enterInstance(database, self);
          this.renewedAt = Number.NEGATIVE_INFINITY; // the new row says nothing of what it does yet
        }
      }
      if (this.blind) log.info('The registry is reached again');
      this.blind = false;
    } catch (error) {
      if (!this.blind && !this.stopped) {
        log.warn('The registry is not reached; going on with the routes of a moment ago', { error });
      }
      this.blind = true;
      this.renewedAt = Number.NEGATIVE_INFINITY;
    }
  }

  /** Beside the renewals: a process that takes its time to lay something down is not dead, and must not be taken for it. */
  private async follow(view: PlacementView): Promise<void> {
    try {
      await this.parts.follow(view);
      this.follows = view.version;
      this.renewedAt = Number.NEGATIVE_INFINITY;
    } catch (error) {
      this.parts.log.warn('A change of routes could not be followed; trying again', { error });
    } finally {
      this.following = undefined;
    }
  }
}
