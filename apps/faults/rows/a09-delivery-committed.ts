import { holds, type Row } from './row.js';

export const a9: Row = {
  name: 'A9',
  injects:
    'kills a worker right after the commit of a delivery, before BullMQ knows that its job is done, three times',
  holds: 'the job comes back and finds nothing to do; nothing that is done appears among the dead letters',
  untilNoJobs: true,
  inject: async (bed) => {
    for (let time = 1; time <= 3; time++) {
      await bed.strike('audit', { point: 'delivery committed', action: 'kill', nth: time * 3 });
      await bed.clients.done(15);
    }
    const done = await bed.query(
      `select from banyan.delivery_states d join oracle.effect f using (listener, event_id) where d.state = 'dead'`,
    );
    holds(done.length === 0, `${done.length} deliveries are dead that have had their effect.`);
  },
};
