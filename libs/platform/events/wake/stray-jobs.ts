import { createHash } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { templateOf } from '../../dead-letters/cause/message-template.js';
import type { PlatformLog } from '../../telemetry/platform-log.js';
import type { Identity } from '../bury.js';
import type { Lane, Listener } from '../listener.js';
import type { Damage } from './damaged-jobs.js';

/** Kinds that differ, of one reason in one queue; what comes after so many is counted as "others". */
const MOST_ALIKE = 20;

const MOST_CONTENT = 4_096;
const MOST_OPTIONS = 1_024;
const LONGEST_NAME = 200;

/** A job as it was taken from the queue. */
export interface TakenJob {
  readonly id?: string;
  readonly name?: string;
  readonly data: unknown;
  readonly opts: object;
}

/** What stands in the queue, byte by byte. */
export interface RawJob {
  readonly data: Buffer;
  readonly opts: Buffer;
}

interface Stray {
  readonly reason: 'damaged' | 'no wake-up' | 'no such listener' | 'no such lane';
  readonly explanation: string;
}

// A listener that this process does not know may be that of newer code, or of older code that has gone or was retired since; only one that
// was never anybody's is strange.
// A lane may be one that it had before: a wake-up for a later attempt is put into the queue long before its time.
const KNOWN = `select l.partitions, exists (select from banyan.listener_changes c where c.listener = l.name)
  or exists (select from banyan.listener_actions a where a.listener = l.name and a.action = 'lanes' and a.at > clock_timestamp() - interval '1 day')
  as changed
from banyan.listeners l where l.name = $1`;

const RECORD = `insert into banyan.stray_jobs (queue, reason, likeness, explanation, job_id, name, content, options, app, instance)
select $1, $2, case when exists (select from banyan.stray_jobs where queue = $1 and reason = $2 and likeness = $3 and settled_at is null)
    or (select count(*) from banyan.stray_jobs where queue = $1 and reason = $2 and settled_at is null) < ${MOST_ALIKE}
  then $3 else 'others' end, $4, $5, $6, $7, $8, $9, $10
on conflict (queue, reason, likeness) where settled_at is null do update
  set times = stray_jobs.times + 1, last_at = clock_timestamp(), explanation = excluded.explanation, job_id = excluded.job_id,
    name = excluded.name, content = excluded.content, options = excluded.options, app = excluded.app, instance = excluded.instance
returning times::int`;

/**
 * Finds the jobs among the wake-ups that are none, and records them in `banyan.stray_jobs`. A wake-up is only a hint, so no
 * delivery is lost with one; but who puts something else into our queues, or damages them, should be noticed.
 */
export class StrayJobs {
  /** One is recorded at a time, however many come: they must not use up the connections that deliveries need. */
  private turn: Promise<unknown> = Promise.resolve();

  /** How many this process has recorded since the start, by the module whose queue they stood in and the reason. */
  readonly counts = new Map<string, Map<Stray['reason'], number>>();

  constructor(
    private readonly source: DataSource,
    private readonly listeners: readonly Listener[],
    private readonly identity: Identity,
    private readonly log: PlatformLog,
    /** Reads what stands in the queue; undefined where that is what was taken. */
    private readonly raw: (queue: string, id: string) => Promise<RawJob | undefined>,
  ) {}

  /** Whether a job's data is a wake-up that this process knows; nobody need look further then. */
  isOurs(module: string, data: unknown): data is Lane {
    if (!isLane(data)) return false;
    const listener = this.listeners.find(({ name }) => name === data.listener);
    return listener?.module === module && data.partition < listener.partitions;
  }

  /**
   * Records a job, unless it is the wake-up of a listener that others know.
   *
   * @returns whether it is a stray, and recorded
   * @throws Error when it can't be recorded now
   */
  record(module: string, queue: string, job: TakenJob): Promise<boolean> {
    const recorded = this.turn.then(async () => {
      const stray = await this.judge(module, job.data);
      if (!stray) return false;
      await this.keep(queue, job, stray);
      this.count(module, stray.reason);
      return true;
    });
    this.turn = recorded.catch(() => undefined);
    return recorded;
  }

  private count(module: string, reason: Stray['reason']): void {
    const counts = this.counts.get(module) ?? new Map<Stray['reason'], number>();
    this.counts.set(module, counts.set(reason, (counts.get(reason) ?? 0) + 1));
  }

  private async judge(module: string, data: unknown): Promise<Stray | undefined> {
    if (isDamage(data)) return { reason: 'damaged', explanation: data.damaged };
    if (!isLane(data))
      return {
        reason: 'no wake-up',
        explanation: 'its data names no listener and no lane, as a wake-up does',
      };
    const { listener, partition } = data;
    const [known] = await this.source.query<{ partitions: number; changed: boolean }[]>(KNOWN, [
      storable(listener),
    ]);
    if (!known || !listener.startsWith(`${module}.`))
      return {
        reason: 'no such listener',
        explanation: `module ${module} has no listener "${storable(listener)}"`,
      };
    if (partition >= known.partitions && !known.changed) {
      const lanes = `${known.partitions} lanes, the first is 0`;
      return { reason: 'no such lane', explanation: `${listener} has no lane ${partition} (${lanes})` };
    }
    return undefined;
  }

  private async keep(queue: string, job: TakenJob, { reason, explanation }: Stray): Promise<void> {
    const stood = await this.raw(queue, job.id ?? '');
    const content = (stood?.data ?? asBytes(job.data)).subarray(0, MOST_CONTENT);
    const options = (stood?.opts ?? asBytes(job.opts)).subarray(0, MOST_OPTIONS);
    const name = storable(job.name);
    const alike = templateOf(`${name} ${content.toString('utf8')}`);
    const likeness = createHash('sha256').update(alike).digest('hex').slice(0, 12);
    const who = [this.identity.app, this.identity.instance];
    const values = [
      queue,
      reason,
      likeness,
      storable(explanation),
      storable(job.id),
      name,
      content,
      options,
      ...who,
    ];
    const [row] = await this.source.query<{ times: number }[]>(RECORD, values);
    if (row?.times === 1)
      this.log.error(`A job in queue ${queue} is no wake-up of ours: see \`banyan dead-letters list\``, {
        reason,
        explanation,
      });
  }
}

function isDamage(data: unknown): data is Damage {
  return typeof (data as Damage | null)?.damaged === 'string';
}

function isLane(data: unknown): data is Lane {
  const { listener, partition } = (data ?? {}) as Partial<Lane>;
  return typeof listener === 'string' && Number.isSafeInteger(partition) && (partition as number) >= 0;
}

function asBytes(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value) ?? '');
}

/** Postgres' text holds no NUL. */
function storable(text: unknown): string {
  return String(text ?? '')
    .replaceAll('\u0000', '\uFFFD')
    .slice(0, LONGEST_NAME);
}
