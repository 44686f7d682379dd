import { holds, type Row } from './row.js';

export const a1: Row = {
  name: 'A1',
  injects:
    'kills the process of a business transaction just before its COMMIT, and once more when the events are written',
  holds:
    'clients hear that nobody knows; sent again under its id, each operation is done once, with one event: the death has left nothing',
  inject: async (bed) => {
    const before = bed.clients.counts.info;
    await bed.strike('bank', { point: 'request about to commit', action: 'kill', nth: 2 });
    await bed.clients.done(20);
    await bed.strike('bank', { point: 'events written', action: 'kill', nth: 3 });
    await bed.clients.done(20);
    holds(bed.clients.counts.info > before, 'No client has noticed the deaths.');
  },
};
