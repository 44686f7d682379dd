import type { OpenUnit } from '../../work/open-unit.js';
import { recordVerdict, type Verdict } from '../bury.js';
import type { Lane, Listener } from '../listener.js';
import { CLAIMABLE, type ClaimedRow, COLUMNS, takeLane } from '../sql/claim.js';
import type { Absent } from './missing.js';
import { type Death, ProcessDied, suspicion } from './process-died.js';

/** What has been found out about those who died in a lane. */
export interface Finding {
  /** False: whether one of them is really gone is not certain yet, or somebody else has the lane; ask again in a moment. */
  readonly settled: boolean;
  readonly verdicts: readonly Verdict[];
}

const NOT_YET: Finding = { settled: false, verdicts: [] };

// A process that lost its connection has not died: only who also left the registry, or fell silent there, has. It renews its row
// once a second, so what was published two seconds after the last time was in nobody's hands. While Postgres is away nobody can, so
// who asks must have missed it for a while as well. Where a supervisor saw how it died, or the kernel knows its process no more, there
// is nothing to wait for.
const MARKS = `select w.instance, w.app, w.how, w.event_id as "eventId", w.attempts,
  coalesce(w.died_at, i.seen_at + interval '2 seconds') as until,
  w.how is not null or w.instance = any($5) or w.instance = any($4) and (i.id is null
    or i.seen_at < clock_timestamp() - case when w.event_id is null then interval '4 seconds' else interval '10 seconds' end) as gone
from banyan.in_work w left join banyan.instances i on i.id = w.instance
where w.listener = $1 and w.partition = $2 and w.instance = any($3)`;

const ACCUSED = `select ${COLUMNS}, null as lease, d.effect_key
from banyan.deliveries d join banyan.events e on e.id = d.event_id
where d.listener = $1 and d.event_id = $2 and d.state = 'pending' and d.attempts = $3 for update of d`;

// The oldest that could be done now are what it was working on. Calls to the outside are under lease; with nobody else at work in
// the lane the lease is the dead one's, and need not run out.
const SUSPECT = `with suspect as (
  update banyan.deliveries set attempts = attempts + 1, crashes = crashes + 1,
    due_at = case when exists (select from banyan.in_work o where o.listener = $1 and o.partition = $2 and o.instance <> all($3))
      then due_at else least(due_at, clock_timestamp()) end
  where listener = $1 and event_id in (
    select d.event_id from banyan.deliveries d join banyan.events e on e.id = d.event_id
    where d.listener = $1 and d.partition = $2 and d.crashes = 0 and e.occurred_at <= coalesce($4, clock_timestamp())
      and (${CLAIMABLE} or $5 and d.state = 'pending' and d.due_at <= clock_timestamp() + $6 * interval '1 millisecond')
    order by d.event_id limit $7 for update of d)
  returning listener, event_id, attempts
)
insert into banyan.attempts (listener, event_id, attempt, kind, error_class, message, traceparent, app, instance)
select s.listener, s.event_id, s.attempts, 'crash', 'ProcessDied', $8, split_part(e.traceparent, ' ', 1), $9, $10
from suspect s join banyan.events e on e.id = s.event_id`;

const CLOSE = `delete from banyan.in_work where listener = $1 and partition = $2 and instance = any($3)`;

/** Who asks what became of those who died in a lane. */
export interface Inquiry {
  readonly listener: Listener;
  readonly lane: Lane;
  /** The instances that died. */
  readonly dead: readonly string[];
  /** Those of them that are not just cut off. */
  readonly absent: Absent;
  /** Who asks. */
  readonly instance: string;
  /** For how long what calls out is under lease at most, in milliseconds. */
  readonly leaseMs: number;
}

/**
 * Finds out what instances that died have left in a lane. What one of them had alone in work ended it: that is an attempt, and the
 * last but for listeners that allow more. Of what they had in work together nobody knows which ended them: each of it is to be tried alone.
 */
export async function inquire(unit: OpenUnit, inquiry: Inquiry): Promise<Finding> {
  const { listener, lane, dead } = inquiry;
  if (!(await takeLane(unit, lane))) return NOT_YET;
  const where = [lane.listener, lane.partition];
  const { forLong, gone } = inquiry.absent;
  const marks = await unit.query<Mark>(MARKS, [...where, dead, forLong, gone]);
  if (marks.some(({ gone }) => !gone)) return NOT_YET;
  const verdicts: Verdict[] = [];
  for (const mark of marks) {
    if (mark.eventId === null) {
      await suspect(unit, inquiry, mark);
      continue;
    }
    const [row] = await unit.query<ClaimedRow>(ACCUSED, [lane.listener, mark.eventId, mark.attempts]);
    const error = new ProcessDied(lane.listener, mark);
    const verdict = row && (await recordVerdict(unit, listener, row, error, mark));
    if (verdict) verdicts.push(verdict);
  }
  await unit.query(CLOSE, [...where, dead]);
  return { settled: true, verdicts };
}

async function suspect(unit: OpenUnit, { listener, lane, ...inquiry }: Inquiry, mark: Mark): Promise<void> {
  await unit.query(SUSPECT, [
    ...[lane.listener, lane.partition, [...inquiry.dead, inquiry.instance], mark.until],
    ...[listener.style === 'outside', inquiry.leaseMs, listener.batch],
    ...[suspicion(mark), mark.app, mark.instance],
  ]);
}

interface Mark extends Death {
  /** Id of what was alone in work; null: batches were. */
  readonly eventId: string | null;
  readonly attempts: number | null;
  /** It lived no longer than this; null when nothing is known. */
  readonly until: Date | null;
  /** Whether the process is certainly gone, and not just cut off. */
  readonly gone: boolean;
}
