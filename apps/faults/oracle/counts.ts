import type { Evidence } from './check.js';

/** How much was looked at; without it, "nothing found" says nothing. */
export interface Counts {
  /** Operations that clients asked for, and how they came out. */
  readonly operations: number;
  readonly acknowledged: number;
  readonly refused: number;
  readonly unsure: number;
  /** Of the unsure, those that turned out to be done. */
  readonly recovered: number;
  readonly events: number;
  readonly deliveries: number;
  readonly effects: number;
  readonly attempts: number;
  readonly dead: number;
}

export async function countsOf({ client, history, attempts }: Evidence): Promise<Counts> {
  const { rows } = await client.query<Record<string, number>>(`select
    (select count(*)::int from banyan.published_events) as events,
    (select count(*)::int from banyan.delivery_states) as deliveries,
    (select count(*)::int from oracle.effect) as effects,
    (select count(*)::int from banyan.delivery_states where state = 'dead') as dead,
    (select count(*)::int from h where type = 'info' and op_id in (select op_id from oracle.op)) as recovered`);
  const { events = 0, deliveries = 0, effects = 0, dead = 0, recovered = 0 } = rows[0] ?? {};
  const came = (type: string) => history.filter((asked) => asked.type === type).length;
  return {
    ...{
      events,
      deliveries,
      effects,
      dead,
      recovered,
      operations: history.length,
      attempts: attempts.length,
    },
    ...{ acknowledged: came('ok'), refused: came('fail'), unsure: came('info') },
  };
}
