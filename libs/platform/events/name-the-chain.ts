import type { EndlessChain } from '../work/endless-chain.js';
import type { OpenUnit } from '../work/open-unit.js';
import type { Listener } from './listener.js';
import type { ClaimedRow } from './sql/claim.js';

/** Links that are told when there is no circle among them. */
const LINKS = 6;

// An event knows the module that published it and the event that caused it: the listener is that of the module that hears the cause.
const CHAIN = `with recursive chain as (
  select id, type, module, causation, 1 as depth from banyan.events where id = $1
  union all
  select e.id, e.type, e.module, e.causation, c.depth + 1 from chain c join banyan.events e on e.id = c.causation where c.depth < 64
)
select c.type, (select string_agg(s.listener, ' or ' order by s.listener) from banyan.subscriptions s
  where s.type = cause.type and starts_with(s.listener, c.module || '.')) as publisher
from chain c left join chain cause on cause.id = c.causation order by c.depth`;

/** Adds to the error which listeners stand in the chain, the latest last: the circle, if there is one. */
export async function nameTheChain(
  unit: OpenUnit,
  listener: Listener,
  row: ClaimedRow,
  error: EndlessChain,
): Promise<void> {
  const links = await unit.query<{ type: string; publisher: string | null }>(CHAIN, [row.event_id]);
  const told: string[] = [listener.name];
  let circle = false;
  for (const { type, publisher } of links) {
    told.unshift(publisher ?? 'a request', type);
    circle = publisher === listener.name;
    if (circle || publisher === null) break;
  }
  const shown = circle ? told : told.slice(-2 * LINKS - 1);
  error.message += ` The ${circle ? 'circle' : 'end of the chain'}: ${shown.join(' → ')}.`;
}
