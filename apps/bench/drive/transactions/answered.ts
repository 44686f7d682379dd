import { type Answer, Unanswered } from '../client.js';
import type { Ending, Transaction } from '../stage.js';

/** The ten sellers with the oldest open packages deliver; ends with the answer. */
export const updateDelivery: Transaction = ({ client }, { tid }) =>
  answered('shipment', () => client.send('PATCH', `/shipment/${tid}`, '/shipment/:tid'));

/** A seller looks at the dashboard; ends with the answer, which must agree with itself (I13). */
export const queryDashboard: Transaction = ({ client, catalogue, dashboards }, { random }) => {
  const seller = catalogue.seller(random);
  return answered('seller', async () => {
    const answer = await client.send('GET', `/seller/dashboard/${seller}`, '/seller/dashboard/:id');
    if (answer.ok) dashboards.look(seller, answer.body);
    return answer;
  });
};

async function answered(source: string, send: () => Promise<Answer>): Promise<Ending> {
  const sentAt = performance.now();
  try {
    const answer = await send();
    const at = performance.now();
    return answer.ok ? { outcome: 'SUCCESS', at, latency: at - sentAt } : { outcome: 'ABORT', source, at };
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error;
    return { outcome: 'UNKNOWN', at: performance.now() };
  }
}
