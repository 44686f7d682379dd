import { type Cause, causeOf, type RecordedError } from './cause/cause.js';
import type { DeadSource } from './list-dead.js';

/** What gave up for the same cause. */
export interface DeadGroup extends Cause {
  /** `transport`: a job that was no wake-up of ours, with nothing in it to replay. */
  readonly origin: 'delivery' | 'transport';
  readonly dead: number;
  /** How many stray jobs are counted in it; null for deliveries. */
  readonly jobs: number | null;
  /** How many of each listener, the most first. */
  readonly listeners: readonly { readonly listener: string; readonly dead: number }[];
  readonly oldest: Date | null;
  readonly newest: Date | null;
  /** The latest of them, to look at with `show`. */
  readonly sample: { readonly listener: string; readonly eventId: string };
}

/** A delivery that gave up, as it stood when its group was computed. */
export interface GroupMember {
  readonly listener: string;
  readonly eventId: string;
  /** Failed attempts by then: one more, and it is another death. */
  readonly attempts: number;
}

/** Rows that are in memory at once; a stack has about 2 KB. */
const PAGE = 2_000;

// A cursor, so that a million of them are neither in memory nor sorted again for every page.
const OPEN = `declare dead_letters no scroll cursor for
select d.listener, d.event_id as "eventId", d.attempts, d.settled_at as "diedAt",
  last.error_class as "errorClass", last.message, last.stack
from banyan.deliveries d
left join lateral (
  select error_class, message, stack from banyan.attempts a
  where a.listener = d.listener and a.event_id = d.event_id order by a.attempt desc, a.id desc limit 1
) last on true
where d.state = 'dead' and ($1::text is null or d.listener = $1)
order by d.settled_at, d.event_id`;

interface Row extends GroupMember {
  readonly diedAt: Date | null;
  readonly errorClass: string | null;
  readonly message: string;
  readonly stack: string | null;
}

/**
 * Groups what gave up by its cause, the most first.
 *
 * @param source one connection: it is read in a transaction of its own
 * @param options.listener only of this listener
 */
export async function groupDead(
  source: DeadSource,
  options: { listener?: string } = {},
): Promise<DeadGroup[]> {
  const groups = new Map<string, Growing>();
  await eachDead(source, options, (row, cause) => {
    const group = groups.get(cause.group) ?? new Growing(cause, row);
    groups.set(cause.group, group);
    group.add(row);
  });
  return [...groups.values()]
    .map((group) => group.done())
    .sort((a, b) => b.dead - a.dead || (a.group < b.group ? -1 : 1));
}

/**
 * The members of one group, those that gave up first at the front.
 *
 * @param source one connection: it is read in a transaction of its own
 */
export async function membersOf(source: DeadSource, group: string): Promise<GroupMember[]> {
  const members: GroupMember[] = [];
  await eachDead(source, {}, ({ listener, eventId, attempts }, cause) => {
    if (cause.group === group) members.push({ listener, eventId, attempts });
  });
  return members;
}

async function eachDead(
  source: DeadSource,
  options: { listener?: string },
  visit: (row: Row, cause: Cause) => void,
): Promise<void> {
  await source.query('begin transaction isolation level repeatable read read only', []);
  try {
    await source.query(OPEN, [options.listener ?? null]);
    for (;;) {
      const { rows } = (await source.query(`fetch ${PAGE} from dead_letters`, [])) as { rows: Row[] };
      for (const row of rows) visit(row, causeOf(recorded(row)));
      if (rows.length < PAGE) break;
    }
  } finally {
    await source.query('rollback', []);
  }
}

function recorded({ errorClass, message, stack }: Row): RecordedError | null {
  return errorClass === null ? null : { errorClass, message, stack };
}

/** A group that is being counted; rows come in the order of their deaths. */
class Growing {
  private dead = 0;
  private readonly byListener = new Map<string, number>();
  private latest: Row;

  constructor(
    private readonly cause: Cause,
    private readonly eldest: Row,
  ) {
    this.latest = eldest;
  }

  add(row: Row): void {
    this.dead++;
    this.byListener.set(row.listener, (this.byListener.get(row.listener) ?? 0) + 1);
    this.latest = row;
  }

  done(): DeadGroup {
    const listeners = [...this.byListener].map(([listener, dead]) => ({ listener, dead }));
    return {
      origin: 'delivery',
      ...this.cause,
      jobs: null,
      dead: this.dead,
      listeners: listeners.sort((a, b) => b.dead - a.dead || (a.listener < b.listener ? -1 : 1)),
      oldest: this.eldest.diedAt,
      newest: this.latest.diedAt,
      sample: { listener: this.latest.listener, eventId: this.latest.eventId },
    };
  }
}
