import { bySql, type Check } from '../check.js';

const POISON = `select e.id from banyan.published_events e join h on h.op_id = (e.payload ->> 'opId')::uuid
  where h.mood like 'poison%' and e.causation is null`;

/** O10, O11: the dead are those that were known in advance to die, and people see them in time. */
export const deadLetters: readonly Check[] = [
  bySql(
    'O10 no innocents',
    'only what was meant to fail is dead',
    `select listener, event_id, reason from banyan.delivery_states
     where state = 'dead' and not (listener = 'audit.picky' and event_id in (${POISON}))`,
  ),
  bySql(
    'O10 none missing',
    'all that was meant to fail is dead, or somebody has decided about it',
    `select d.listener, d.event_id, d.state from banyan.delivery_states d
     where d.listener = 'audit.picky' and d.event_id in (${POISON}) and d.state not in ('dead', 'discarded', 'resolved')`,
  ),
  {
    name: 'O11 visible in time',
    says: 'what gave up is among the dead letters within seconds of its last attempt',
    find: async ({ client, visibleWithinMs }) => {
      const { rows } = await client.query(
        `select d.listener, d.event_id, d.settled_at, a.at from banyan.delivery_states d join
           (select listener, event_id, max(at) as at from attempt group by 1, 2) a using (listener, event_id)
         where d.state = 'dead' and d.settled_at > a.at + $1 * interval '1 millisecond'`,
        [visibleWithinMs],
      );
      return rows;
    },
  },
];
