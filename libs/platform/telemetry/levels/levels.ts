import type { LevelWord } from '../line.js';

/** A level at which lines are written, or none at all. */
export type Threshold = LevelWord | 'silent';

/** The thresholds, the most talkative first. */
export const THRESHOLDS: readonly Threshold[] = [
  'trace',
  'debug',
  'info',
  'warn',
  'error',
  'fatal',
  'silent',
];

/** Stands for every module, and for what belongs to none. */
export const ALL_MODULES = 'all';

/** As pino numbers them. */
const VALUE: Readonly<Record<Threshold, number>> = {
  trace: 10,
  debug: 20,
  info: 30,
  warn: 40,
  error: 50,
  fatal: 60,
  silent: Number.POSITIVE_INFINITY,
};

/**
 * From which level on the lines of each module are written. While nobody wants anything special, pino alone decides, by
 * empty methods below its level; with different levels pino lets the lowest through, and the rest is decided per line.
 */
export class Levels {
  private readonly modules = new Map<string, number>();
  private readonly followers: ((lowest: Threshold) => void)[] = [];
  private rest: Threshold;
  private lowestNow: Threshold;

  /** @param usual as the setting LOG_LEVEL says */
  constructor(readonly usual: Threshold) {
    this.rest = usual;
    this.lowestNow = usual;
  }

  /** What pino has to let through. */
  get lowest(): Threshold {
    return this.lowestNow;
  }

  /** Whether modules differ, so that {@link passes} has to be asked. */
  get differ(): boolean {
    return this.modules.size > 0;
  }

  /** Whether a line of a module is written. @param value the line's level, as pino numbers it */
  passes(value: number, module: string | undefined): boolean {
    return value >= ((module === undefined ? undefined : this.modules.get(module)) ?? VALUE[this.rest]);
  }

  /** Changes what is wanted, as a whole: a level per module, {@link ALL_MODULES} for all that are not named. */
  want(levels: ReadonlyMap<string, Threshold>): void {
    this.modules.clear();
    this.rest = levels.get(ALL_MODULES) ?? this.usual;
    let lowest = this.rest;
    for (const [module, level] of levels) {
      if (module === ALL_MODULES) continue;
      this.modules.set(module, VALUE[level]);
      if (VALUE[level] < VALUE[lowest]) lowest = level;
    }
    this.lowestNow = lowest;
    for (const follow of this.followers) follow(lowest);
  }

  /** Calls `follow` with what pino has to let through, now and after every change. */
  follow(follow: (lowest: Threshold) => void): void {
    this.followers.push(follow);
    follow(this.lowestNow);
  }
}
