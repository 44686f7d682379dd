import type { Mutant } from './mutant.js';

const WRITE = 'libs/platform/events/sql/write-events.ts';
const FAN_OUT = 'join banyan.subscriptions s on s.type = e.type';
const FAN_OUT_ONE = 'where s.type = $1`;';
const NOT_EACH_97TH = `(e.id % 97 <> 0 or s.listener <> 'audit.any-order' and s.listener <> 'audit.chain')`;
const ACT = 'libs/platform/dead-letters/act.ts';

/** Faults in what comes before a delivery, and after it: publishing, waking, giving up, replaying, keeping. */
export const ofTheWay: readonly Mutant[] = [
  {
    number: 4,
    says: 'what gives up is taken for done, and is no dead letter',
    patches: [
      {
        file: 'libs/platform/events/sql/record-failure.ts',
        find: `is null then $13 else 'pending' end`,
        put: `is null then case $13::text when 'dead' then 'done' else $13::text end else 'pending' end`,
      },
    ],
    caughtBy: ['O3 nothing lost', 'O10 none missing'],
  },
  {
    number: 5,
    says: 'a replay publishes a new event in place of the old one',
    patches: [
      {
        file: ACT,
        find: `return inBatches(source, targets, actor, 'replay', REPLAY);`,
        put: `return (async () => {
    for (const { listener, eventId } of targets) {
      await source.query(\`with e as (
        insert into banyan.events (type, version, module, key, payload, traceparent, conversation, causation, hops)
        select type, version, module, key, payload, traceparent, conversation, causation, hops from banyan.events
        where id = $1 returning id)
        insert into banyan.deliveries (listener, event_id, partition) select $2, id, 0 from e\`, [eventId, listener]);
    }
    return inBatches(source, targets, { ...actor, why: 'replayed anew' }, 'resolve', SETTLE('resolved'));
  })();`,
      },
    ],
    caughtBy: ['O2 published'],
  },
  {
    number: 7,
    says: 'one delivery is dropped for each 97 events',
    patches: [
      { file: WRITE, find: FAN_OUT, put: `${FAN_OUT} and ${NOT_EACH_97TH}` },
      { file: WRITE, find: FAN_OUT_ONE, put: `where s.type = $1 and ${NOT_EACH_97TH}\`;` },
    ],
    caughtBy: ['O3 nothing lost'],
  },
  {
    number: 10,
    says: 'events are dropped that stand among the dead letters still',
    patches: [
      {
        file: 'libs/platform/events/sweep.ts',
        find: 'await takeUpKnown(this.source, listeners);',
        put: `await takeUpKnown(this.source, listeners);
      await this.source.query(\`delete from banyan.events e where exists (
        select from banyan.deliveries d where d.event_id = e.id and d.state = 'dead') and not exists (
        select from banyan.deliveries d where d.event_id = e.id and d.state = 'pending')\`);`,
      },
    ],
    caughtBy: ['O2 published', 'O5 no ghosts'],
  },
  {
    number: 11,
    says: 'a replay marks its delivery as done before it is',
    patches: [
      {
        file: ACT,
        find: `state = 'pending', due_at = clock_timestamp() - interval '1 second', settled_at = null, reason = null`,
        put: `state = 'done', settled_at = clock_timestamp(), reason = null`,
      },
    ],
    caughtBy: ['O3 nothing lost', 'O9 done means done'],
  },
  {
    number: 12,
    says: 'a transfer does not lock the balances that it reads (in the test bed)',
    patches: [{ file: 'apps/faults/bed/bank.edge.ts', find: 'order by id for update', put: 'order by id' }],
    caughtBy: ['O7 money'],
  },
  {
    number: 13,
    says: 'publishers do not see who begins to listen after they have started',
    patches: [
      { file: WRITE, find: FAN_OUT, put: `${FAN_OUT} and s.listener <> 'late.joins'` },
      { file: WRITE, find: FAN_OUT_ONE, put: `where s.type = $1 and s.listener <> 'late.joins'\`;` },
    ],
    caughtBy: ['O3 nothing lost'],
  },
  {
    number: 14,
    says: 'nobody looks for deliveries that nobody was woken for',
    patches: [
      {
        file: 'libs/platform/events/sweep.ts',
        find: 'if (lanes.length > 0) await inTask(this.spans, TASK, async () => this.waker.wakeAgain(lanes));',
        put: '',
      },
      { file: 'libs/platform/events/sweep.ts', find: '      this.help(lanes);', put: '' },
    ],
    caughtBy: ['O3 nothing lost', 'O12 at rest'],
  },
];
