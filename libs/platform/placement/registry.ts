import type { PlatformLog } from '../telemetry/platform-log.js';
import type { Instance, InstanceHealth } from './instance.js';
import { enterInstance, leaveInstance, renewInstance } from './sql/instances.js';
import { PlacementReader } from './sql/placement-reader.js';
import type { PlacementView } from './sql/read-placement.js';
import type { Queryable } from './sql/rows-of.js';

/** How often a process looks who runs and who answers, in ms: a changed route is followed within this time. */
export const LOOK_EVERY_MS = 250;

/** How often it renews its own row at the latest. */
const RENEW_EVERY_MS = 1_000;

/** For how long it renews its row at every look after it has begun to follow a change, in ms: who moves a module waits for that. */
const WATCHED_FOR_MS = 5_000;

/** Who runs and who answers, as a process needs it to act. */
export type LiveView = PlacementView<Instance>;

/** What the registry needs of the process that it registers. */
export interface RegistryParts {
  readonly database: Queryable;
  readonly log: PlatformLog;
  readonly self: Instance;
  /** What the process is doing now, to be shown to others. */
  readonly health: () => InstanceHealth;
  /** Told of each look, before the process is seen to follow it. */
  readonly looked?: (view: LiveView) => void;
  /** Acts on changed routes: takes deliveries up or lays them down. Followed only once it has resolved. */
  readonly follow: (view: LiveView) => Promise<void>;
}

const NOTHING: LiveView = { version: '0', routes: new Map(), instances: [] };

/**
 * Keeps this process in the registry of instances, and the routes in this process. A process that can't reach Postgres goes on
 * with what it last knew: the routes of a moment ago are better than none, since every side of a move can answer.
 */
export class Registry {
  private current: LiveView = NOTHING;
  private readonly reader: PlacementReader;
  private follows = '0';
  private followedAt = Number.NEGATIVE_INFINITY;
  private renewals = 0;
  private renewedAt = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();
  /** Acting on a view that has changed: laying deliveries down may take as long as what is in work. */
  private following: Promise<void> | undefined;
  private stopped = false;
  private blind = false;

  constructor(private readonly parts: RegistryParts) {
    this.reader = new PlacementReader(parts.database);
  }

  /** Who runs and who answers, as of at most a quarter of a second ago. */
  get view(): LiveView {
    return this.current;
  }

  /** Instances that host a module; this process may be among them. */
  hosting(module: string): readonly Instance[] {
    return this.current.instances.filter((instance) => instance.modules.includes(module));
  }

  /** Looks at the routes without being seen: before the process answers. */
  async lookFirst(): Promise<void> {
    this.see(await this.reader.look());
  }

  /** Enters this process and begins to follow. */
  async enter(): Promise<void> {
    const entering = this.begin();
    this.looking = entering.catch(() => undefined); // for who leaves meanwhile; the caller hears of it
    await entering;
    await this.following;
    this.schedule();
  }

  /**
   * Leaves: nobody new finds this process, though others may know it until their next look.
   *
   * @returns how many others live
   */
  async leave(): Promise<number> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.looking;
    try {
      return await leaveInstance(this.parts.database, this.parts.self.id);
    } catch (error) {
      this.parts.log.warn('This instance could not sign out; others notice within 10 s', { error });
      return this.current.instances.filter(({ id }) => id !== this.parts.self.id).length;
    }
  }

  /** Resolves once a change that is being followed is: after {@link leave}, no other one comes. */
  async settled(): Promise<void> {
    await this.following;
  }

  private async begin(): Promise<void> {
    if (this.stopped) return;
    await enterInstance(this.parts.database, this.parts.self);
    await this.look();
  }

  private schedule(): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.looking = this.look().finally(() => this.schedule());
    }, LOOK_EVERY_MS);
  }

  private see(view: LiveView): void {
    this.current = view;
    this.parts.looked?.(view);
  }

  private async look(): Promise<void> {
    const { log } = this.parts;
    try {
      this.see(await this.reader.look());
      if (this.current.version !== this.follows && !this.stopped)
        this.following ??= this.follow(this.current);
      await this.renewIfDue();
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

  private async renewIfDue(): Promise<void> {
    const { database, self, health } = this.parts;
    const now = performance.now();
    const every = now - this.followedAt < WATCHED_FOR_MS ? 0 : RENEW_EVERY_MS;
    if (this.stopped || now - this.renewedAt <= every) return;
    this.renewedAt = now;
    this.renewals += 1;
    const known = await renewInstance(database, self.id, this.follows, this.renewals, health());
    if (known) return;
    await enterInstance(database, self);
    this.renewedAt = Number.NEGATIVE_INFINITY; // the new row says nothing of what it does yet
  }

  /** Beside the renewals: a process that takes its time to lay something down is not dead, and must not be taken for it. */
  private async follow(view: LiveView): Promise<void> {
    try {
      await this.parts.follow(view);
      this.follows = view.version;
      this.followedAt = performance.now();
    } catch (error) {
      this.parts.log.warn('A change of routes could not be followed; trying again', { error });
    } finally {
      this.following = undefined;
    }
  }
}
