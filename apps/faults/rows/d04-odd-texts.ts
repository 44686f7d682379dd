import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { wishedTransfer } from '../clients/wished.js';
import type { Bed } from '../stack/bed.js';
import { holds, type Row } from './row.js';

/** Texts that must come through unchanged: characters of four bytes, a byte order mark, marks that combine, what terminals obey. */
const KEPT = [
  '🜚🧿 𝔅',
  '\ufeffafter a mark',
  'e\u0301 \u202egnirts',
  '\u001b[31mred\u0007',
  '\uffff\u2028',
  '\\u0000',
];
/** Texts that Postgres can't keep: whoever sends them must hear so. */
const REFUSED = ['a\u0000b', '\ud83d alone', 'alone \udc00'];

export const d4: Row = {
  name: 'D4',
  injects: 'events with NUL, halves of characters, a byte order mark, emoji and control characters in a text',
  holds:
    'what can be kept arrives as it was sent, what can not is refused and leaves nothing behind, and dead letters show all of it without obeying it',
  inject: async (bed) => {
    for (const note of KEPT) {
      bed.faults.push('an odd text');
      const wish = wishedTransfer({ note, mood: 'poison' });
      const outcome = await bed.clients.do(wish);
      holds(outcome === 'ok', `${JSON.stringify(note)} was answered with "${outcome}".`);
      const [kept] = await bed.query<{ note: string }>(
        `select payload ->> 'note' as note from banyan.published_events where payload ->> 'opId' = $1`,
        [wish.opId],
      );
      holds(kept?.note === note, `${JSON.stringify(note)} was kept as ${JSON.stringify(kept?.note)}.`);
    }
    for (const note of REFUSED) {
      bed.faults.push('a text that can not be kept');
      const wish = wishedTransfer({ note });
      const outcome = await bed.clients.do(wish);
      holds(outcome !== 'ok', `${JSON.stringify(note)} was taken.`);
      const left = await bed.query(`select from oracle.op where op_id = $1`, [wish.opId]);
      holds(left.length === 0, `${JSON.stringify(note)} was refused, and left something behind.`);
    }
    await deadLettersShowThem(bed);
    const died = bed.apps.flatMap(({ deaths }) => deaths);
    holds(died.length === 0, `${died.length} processes have died of a text.`);
  },
};

async function deadLettersShowThem(bed: Bed): Promise<void> {
  const dead = () =>
    bed.query<{ event_id: string }>(
      `select d.event_id from banyan.delivery_states d join banyan.published_events e on e.id = d.event_id
       where d.state = 'dead' and e.payload ->> 'note' is not null order by d.event_id`,
    );
  await bed.until(async () => (await dead()).length === KEPT.length, 'the odd ones are dead', 30_000);
  const cli = bed.options.build.compiled('apps/cli/main.ts');
  const env = { PATH: process.env['PATH'] ?? '', ...bed.settings() };
  for (const { event_id } of await dead()) {
    const args = [cli, 'dead-letters', 'show', 'audit.picky', event_id];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env, cwd: bed.folder });
    holds(stdout.includes('TransferMade'), `dead-letters show ${event_id} does not show the event.`);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
    const obeyed = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufeff]/.exec(stdout);
    holds(!obeyed, `dead-letters show ${event_id} prints ${JSON.stringify(obeyed?.[0])} as it is.`);
  }
}
