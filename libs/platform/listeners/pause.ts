import type { Reader } from '../conservation/index.js';
import { inTransaction } from './transaction.js';

/** Who acts on a listener, and why. */
export interface Actor {
  readonly who: string;
  readonly why: string;
}

/** A listener can't be changed so; the message ends with what to do. Nothing has changed. */
export class ListenerRefused extends Error {
  override readonly name = 'ListenerRefused';
}

const PAUSE = `with paused as (
  update banyan.listeners set paused_at = clock_timestamp() where name = $1 and paused_at is null returning name
)
insert into banyan.listener_actions (listener, action, who, why) select name, 'pause', $2, $3 from paused returning at`;

const RESUME = `with resumed as (
  update banyan.listeners l set paused_at = null where name = $1 and paused_at is not null returning name
)
insert into banyan.listener_actions (listener, action, who, why) select name, 'resume', $2, nullif($3, '') from resumed returning at`;

const LANES = 'select partitions::int as lanes from banyan.listeners where name = $1';

const KNOWN = `select l.paused_at as "pausedAt", a.who, a.why from banyan.listeners l
left join lateral (select who, why from banyan.listener_actions
  where listener = l.name and action = 'pause' order by id desc limit 1) a on true
where l.name = $1`;

/**
 * Holds a listener's deliveries back, in every process and over restarts: no delivery begins once this has committed, since a claim
 * reads it with the rows. What is published meanwhile waits; nothing is lost.
 *
 * @returns how many lanes are still at work after `patienceMs`: what they had begun they end
 * @throws ListenerRefused when there is no such listener, or it is paused
 */
export async function pause(
  client: Reader,
  name: string,
  { who, why }: Actor,
  patienceMs = 5_000,
): Promise<{ atWork: number }> {
  const { rows } = await client.query(PAUSE, [name, who, why]);
  if (rows.length === 0) throw await refusal(client, name, 'paused');
  const { lanes } = (await client.query(LANES, [name])).rows[0] as { lanes: number };
  let atWork = 0;
  const end = performance.now() + patienceMs;
  for (let lane = 0; lane < lanes; lane++) {
    if (!(await leftInTime(client, name, lane, Math.max(1, end - performance.now())))) atWork += 1;
  }
  return { atWork };
}

/**
 * Lets a paused listener go on; what waited is taken up within two seconds.
 *
 * @throws ListenerRefused when there is no such listener, or it is not paused
 */
export async function resume(client: Reader, name: string, { who, why }: Actor): Promise<void> {
  const { rows } = await client.query(RESUME, [name, who, why]);
  if (rows.length === 0) throw await refusal(client, name, 'running');
}

/** Whoever works in a lane holds its lock: who gets it after the pause knows that what was in work is over. */
async function leftInTime(client: Reader, name: string, lane: number, withinMs: number): Promise<boolean> {
  try {
    await inTransaction(client, async () => {
      await client.query(`select set_config('lock_timeout', $1, true)`, [`${Math.ceil(withinMs)}ms`]);
      await client.query(`select pg_advisory_xact_lock(hashtext('lane ' || $1::text), $2::int)`, [
        name,
        lane,
      ]);
    });
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === '55P03') return false; // lock_timeout
    throw error;
  }
}

async function refusal(client: Reader, name: string, state: 'paused' | 'running'): Promise<ListenerRefused> {
  const [known] = (await client.query(KNOWN, [name])).rows as {
    pausedAt: Date | null;
    who: string;
    why: string;
  }[];
  if (!known) return new ListenerRefused(`There is no listener ${name}: see \`banyan listeners\`.`);
  if (state === 'running') return new ListenerRefused(`${name} is not paused.`);
  const since = known.pausedAt?.toISOString().slice(0, 19).replace('T', ' ');
  return new ListenerRefused(`${name} is paused already, since ${since} by ${known.who}: ${known.why}`);
}
