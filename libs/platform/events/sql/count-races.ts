import type { OpenUnit } from '../../work/open-unit.js';
import type { ClaimedRow } from './claim.js';

const RACES = `select count(*)::int as races from banyan.attempts
where listener = $1 and event_id = $2 and error_class = 'LostRace'`;

/** How many of the attempts at a delivery were lost races. A delivery that never failed is not asked about. */
export async function countRaces(unit: OpenUnit, listener: string, row: ClaimedRow): Promise<number> {
  if (row.attempts === row.crashes) return 0;
  const [found] = await unit.query<{ races: number }>(RACES, [listener, row.event_id]);
  return found?.races ?? 0;
}
