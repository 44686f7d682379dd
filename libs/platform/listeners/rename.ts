import type { Reader } from '../conservation/index.js';
import { beginRename } from '../events/changes/begin.js';
import { type Actor, ListenerRefused } from './pause.js';
import { inTransaction } from './transaction.js';

const KNOWN = `select name, module, renamed_to as "renamedTo" from banyan.listeners where name = any($1) order by name for update`;

/**
 * Gives what one listener is told of and has still to do to another that is known: the way back after a rename (`was`) whose code is
 * taken back. Processes that declare the heir carry it on.
 *
 * @throws ListenerRefused when one of them is not known, or the former has an heir already
 */
export function rename(client: Reader, from: string, to: string, actor: Actor): Promise<void> {
  return inTransaction(client, async () => {
    const { rows } = await client.query(KNOWN, [[from, to]]);
    const known = rows as { name: string; module: string; renamedTo: string | null }[];
    const [former, heir] = [from, to].map((name) => known.find((each) => each.name === name));
    if (!former || !heir || former === heir)
      throw new ListenerRefused(
        `${former && former !== heir ? to : from} is not a listener that can be named here: both must be known (see \`banyan listeners\`); ` +
          'a new name is declared in code, with `was`.',
      );
    if (former.renamedTo !== null)
      throw new ListenerRefused(`${from} has nothing to give: it is called ${former.renamedTo} now.`);
    if (former.module !== heir.module)
      throw new ListenerRefused(
        `${from} and ${to} are of different modules: a listener stays with its module.`,
      );
    await beginRename(client, from, to, actor);
  });
}
