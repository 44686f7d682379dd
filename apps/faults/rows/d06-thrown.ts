import { wishedTransfer } from '../clients/wished.js';
import { holds, type Row } from './row.js';

/** What the picky listener throws; `poison-stray` also leaves a promise behind that is rejected later. */
const THROWN = ['poison', 'poison-string', 'poison-null', 'poison-circular', 'poison-getter', 'poison-stray'];

export const d6: Row = {
  name: 'D6',
  injects:
    'a listener throws an Error, a string, null, an error that holds itself, one that fails whoever reads it, and leaves a rejection behind',
  holds:
    'each is a dead letter with its attempts and a cause that people can read, and no process has died of it',
  inject: async (bed) => {
    const wishes = THROWN.map((mood) => wishedTransfer({ mood }));
    for (const wish of wishes) {
      bed.faults.push(`${wish.body['mood']} is thrown`);
      const outcome = await bed.clients.do(wish);
      holds(outcome === 'ok', `A transfer was answered with "${outcome}".`);
    }
    const ids = wishes.map(({ opId }) => opId);
    const dead = () =>
      bed.query<{ mood: string; reason: string; attempts: number }>(
        `select e.payload ->> 'mood' as mood, d.reason,
           (select count(*)::int from banyan.attempts a where a.listener = d.listener and a.event_id = d.event_id) as attempts
         from banyan.delivery_states d join banyan.published_events e on e.id = d.event_id
         where d.state = 'dead' and e.payload ->> 'opId' = any($1)`,
        [ids],
      );
    await bed.until(async () => (await dead()).length === THROWN.length, 'all of them are dead', 30_000);
    for (const { mood, reason, attempts } of await dead()) {
      holds(reason.length > 2, `${mood} died of "${reason}", which tells nobody anything.`);
      holds(attempts >= 1, `${mood} is dead, and no attempt was recorded.`);
    }
    const died = bed.apps.flatMap(({ deaths }) => deaths);
    holds(died.length === 0, `${died.length} processes have died of what was thrown.`);
  },
};
