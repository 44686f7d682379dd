import type { Bed } from '../stack/bed.js';
import { holds, type Row } from './row.js';

const OLD = `interval '400 days'`;

export const d13: Row = {
  name: 'D13',
  injects:
    'makes everything 400 days old while events are kept for an hour; five operators at once replay each dead letter of it, and then once more',
  holds:
    'dead letters are kept beyond their time, with all around them; each has its effect once; what is done is not to be replayed',
  bed: { env: { EVENTS_KEEP_HOURS: '1', EVENTS_REPLAY_HOURS: '0' } },
  inject: async (bed) => {
    // The last of them stays, and with it the slice that they are all in.
    const opIds = await Promise.all(
      ['until-replayed', 'until-replayed', 'until-replayed', 'poison'].map((mood) => bed.transfer(mood)),
    );
    for (const opId of opIds)
      await bed.until(() => bed.isDead('audit.picky', opId), 'it is among the dead letters');
    const ids = await Promise.all(opIds.slice(0, 3).map((opId) => bed.eventOf(opId)));
    await growOld(bed);
    await bed.until(
      () => bed.said('are kept beyond their time: dead letters are in it'),
      'the keeper holds what is past its time',
    );
    for (const id of ids) await replayed(bed, id);
    const [row] = await bed.query<{ count: number }>(
      `select count(*)::int as count from oracle.effect where listener = 'audit.picky' and event_id = any($1::bigint[])`,
      [ids],
    );
    holds(row?.count === ids.length, `${row?.count} effects of ${ids.length} replayed dead letters.`);
    // As it was, so that the oracle looks at these as at all others.
    await bed.query(
      `update banyan.events set occurred_at = occurred_at + ${OLD} where occurred_at < now() - ${OLD} / 2`,
    );
  },
};

/** Until the keeper has ended their slice, and no event in it is young, and no publisher can write there any more. */
async function growOld(bed: Bed): Promise<void> {
  const age = `update banyan.events set occurred_at = occurred_at - ${OLD} where occurred_at > now() - ${OLD} / 2`;
  await bed.query(age);
  bed.faults.push('everything is old');
  const ended = () =>
    bed.query<{ high: string }>('select high from banyan.slices where passed_at is not null');
  await bed.until(async () => (await ended()).length > 0, 'the keeper ends the slice');
  const [{ high } = { high: '0' }] = await ended();
  await bed.query(`update banyan.slices set passed_at = passed_at - ${OLD} where passed_at is not null`);
  await bed.query(`${age} and id < $1`, [high]);
}

async function replayed(bed: Bed, id: string): Promise<void> {
  bed.faults.push('five replays at once');
  const codes = await Promise.all(Array.from({ length: 5 }, () => bed.decide('replay', 'audit.picky', id)));
  holds(codes.includes(0), `None of five could replay ${id}: they ended with ${codes.join(', ')}.`);
  await bed.until(() => bed.isDone('audit.picky', id), `${id} is done after its replay`);
  const again = await bed.decide('replay', 'audit.picky', id);
  holds(again !== 0, `${id} was replayed though it is done.`);
}
