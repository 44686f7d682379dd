import type { Row } from './row.js';

/** A row that kills a process at a named place, some deliveries later at the next passage, three times in all. */
export function killedAt(
  row: Pick<Row, 'name' | 'injects' | 'holds'> & Partial<Row>,
  module: 'bank' | 'shop' | 'audit',
  point: string,
): Row {
  return {
    ...row,
    inject: async (bed) => {
      for (let time = 1; time <= 3; time++) {
        await bed.strike(module, { point, action: 'kill', nth: time });
        await bed.clients.done(20);
      }
    },
  };
}
