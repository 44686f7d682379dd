import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import type { Pool } from 'pg';
import { buryProcess, wantedApps } from '#platform/placement';
import type { PlatformLog } from '#platform/telemetry';
import { Child, type ChildReady, type Death } from './child.js';

/** The folder of compiled apps: the one that this file stands in. */
const APPS = dirname(import.meta.dirname);

const LOOK_EVERY_MS = 500;

/** Keeps apps running as processes of this machine: those of the start, and those that somebody wants since. */
export class Supervisor {
  private readonly children = new Map<string, Child>();
  private readonly leaving = new Set<Child>();
  /** Told of an app that dies before its first answer; while the start waits for it, that is the end of the start. */
  private hopeless: ((app: string) => void) | undefined;
  private timer: NodeJS.Timeout | undefined;
  private pool: Pool | undefined;
  private stopping = false;

  /**
   * @param env what every child gets
   * @param portOf the port that an app listens on; 0 for any
   * @param log told what becomes of the apps
   * @param named whether their lines get their names in front: for people, where there are several
   */
  constructor(
    private readonly env: Readonly<Record<string, string>>,
    private readonly portOf: (app: string) => number,
    private readonly log: PlatformLog,
    private readonly named: boolean,
  ) {}

  /** Whether this machine can start an app of that name. */
  static has(app: string): boolean {
    return existsSync(fileOf(app));
  }

  /** Starts an app, if it does not run yet; resolves when it answers. */
  start(app: string): Promise<ChildReady> {
    if (this.stopping) return new Promise(() => undefined); // nobody waits for it any more
    const running = this.children.get(app);
    if (running) return running.ready;
    const child = new Child({
      name: app,
      file: fileOf(app),
      env: { ...this.env, PORT: String(this.portOf(app)) },
      prefixed: () => this.named && this.children.size > 1,
      died: (death) => this.died(death),
    });
    this.children.set(app, child);
    return child.ready;
  }

  /** Until {@link speak}: tells of an app that dies before its first answer, and does not start it again. */
  cannotStart(tell: (app: string) => void): void {
    this.hopeless = tell;
  }

  /** Shows the lines of all children from now on. */
  speak(): void {
    this.hopeless = undefined;
    for (const child of this.children.values()) child.speak();
  }

  /** Starts and stops apps as others want them, until {@link stop}. */
  follow(pool: Pool): void {
    this.pool = pool;
    const look = async () => {
      try {
        for (const [app, wanted] of await wantedApps(pool)) await this.adjust(app, wanted);
      } catch (error) {
        if (!this.stopping) this.log.warn('Which apps are wanted could not be read', { error });
      }
      if (!this.stopping) this.timer = setTimeout(look, LOOK_EVERY_MS);
    };
    this.timer = setTimeout(look, LOOK_EVERY_MS);
  }

  /** Stops all children, the last started first. */
  async stop(deadlineMs: number): Promise<void> {
    this.stopping = true;
    clearTimeout(this.timer);
    await Promise.all([...this.children.values(), ...this.leaving].map((child) => child.stop(deadlineMs)));
  }

  private died({ name, pid, how, answered, againInMs }: Death): boolean {
    if (this.stopping) return false;
    const { hopeless } = this;
    if (hopeless && !answered) {
      hopeless(name);
      return false;
    }
    if (pid !== undefined && this.pool) {
      // Its silence tells too, ten seconds later.
      void buryProcess(this.pool, hostname(), pid, how).catch(() => undefined);
    }
    const pause = `${(againInMs / 1000).toFixed(1)} s`;
    this.log.error(`${name} has died (${how}); starting it again in ${pause}`, { died: name, how });
    return true;
  }

  private async adjust(app: string, wanted: boolean): Promise<void> {
    const running = this.children.get(app);
    if (wanted && !running && Supervisor.has(app)) {
      this.log.info(`Starting ${app}, which somebody wants`);
      void this.start(app).then(() => this.speak());
    } else if (!wanted && running) {
      this.log.info(`Stopping ${app}, which nobody wants any more`);
      this.children.delete(app);
      this.leaving.add(running); // a Ctrl-C in this moment waits for it as for all others
      await running.stop(8_000);
      this.leaving.delete(running);
    }
  }
}

function fileOf(app: string): string {
  const place = app === 'marketplace' || app === 'facade' ? app : join('services', app);
  return join(APPS, place, 'main.js');
}
