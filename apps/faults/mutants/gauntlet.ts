import { inQueueOf } from '../servers/wake-queue.js';
import type { Bed } from '../stack/bed.js';

/** How long a step waits for its operations, in milliseconds: a mutant may answer nobody any more. */
const PATIENCE_MS = 20_000;

/** Everything at which one of the mutants shows, one after the other. */
const STEPS: readonly ((bed: Bed) => Promise<unknown>)[] = [
  (bed) => bed.clients.done(60, PATIENCE_MS),
  async (bed) => {
    await bed.forgetJobs();
    await bed.clients.done(30, PATIENCE_MS);
  },
  async (bed) => {
    await bed.strike('audit', { point: 'effect written', action: 'kill', nth: 3 });
    await bed.clients.done(20, PATIENCE_MS);
  },
  joinedLate,
  wokenTenfold,
  (bed) => backlog(bed),
  replayed,
  decided,
  unannounced,
];

/**
 * Runs a bed through all of it. A step that does not come to its end is left: what a mutant does to a bed can be anything, and it is
 * the oracle who has to say so.
 *
 * @returns the steps that did not come to their end
 */
export async function runGauntlet(bed: Bed): Promise<string[]> {
  const failed: string[] = [];
  bed.clients.start();
  for (const step of STEPS) await step(bed).catch((error: Error) => void failed.push(error.message));
  await bed.clients.stop();
  bed.heal();
  return failed;
}

/** A module that is deployed in the middle of it. */
async function joinedLate(bed: Bed): Promise<void> {
  bed.faults.push('a module joins late');
  await bed.startApp('late');
  await bed.after(2_500, undefined);
  await bed.clients.done(30, PATIENCE_MS);
}

async function wokenTenfold(bed: Bed): Promise<void> {
  const jobs = ['audit.any-order', 'audit.in-order', 'audit.chain', 'audit.picky'].flatMap((listener) =>
    Array.from({ length: 32 }, (_, n) => ({
      name: listener,
      data: { listener, partition: n % 4 },
      opts: { removeOnComplete: true, removeOnFail: true },
    })),
  );
  for (let time = 1; time <= 3; time++) {
    await inQueueOf(bed, 'audit', (queue) => queue.addBulk(jobs));
    bed.faults.push('needless jobs');
    await bed.clients.done(10, PATIENCE_MS);
  }
}

/** Listeners stand still for a moment, so that batches of many follow. */
async function backlog(bed: Bed): Promise<void> {
  bed.faults.push('a backlog');
  const hosts = bed.apps.filter(({ app }) => app === 'together' || app === 'audit');
  await Promise.all(
    hosts.map((app) => app.arm({ point: 'effect written', action: 'pause', ms: 800, times: 12 })),
  );
  await bed.clients.done(60, PATIENCE_MS);
}

async function replayed(bed: Bed): Promise<void> {
  const opIds = [await bed.transfer('until-replayed'), await bed.transfer('until-replayed')];
  for (const opId of opIds) await bed.until(() => bed.isDead('audit.picky', opId), 'it is dead', 12_000);
  const rows = await bed.query<{ id: string }>(
    `select id from banyan.published_events where payload ->> 'opId' = any($1) and causation is null`,
    [opIds],
  );
  bed.faults.push('replays');
  for (const { id } of rows) await bed.decide('replay', 'audit.picky', id);
}

/** One dead letter is given up for good, one was seen to by hand. */
async function decided(bed: Bed): Promise<void> {
  for (const action of ['discard', 'resolve'] as const) {
    const opId = await bed.transfer('poison');
    await bed.until(() => bed.isDead('audit.picky', opId), 'it is dead', 12_000);
    bed.faults.push(action);
    await bed.decide(action, 'audit.picky', await bed.eventOf(opId));
  }
}

/** The last operations are announced to nobody. */
async function unannounced(bed: Bed): Promise<void> {
  bed.faults.push('wake-ups do not get through');
  for (const app of bed.apps) {
    await app.arm({ point: 'lanes taken for announcing', action: 'fail', times: 1_000_000 });
  }
  await bed.clients.done(30, PATIENCE_MS);
  await bed.clients.stop();
  await bed.forgetJobs();
}
