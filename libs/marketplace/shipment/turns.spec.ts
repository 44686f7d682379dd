import { tooManyDeliveries } from './contract/shipment.refusals.js';
import { Turns } from './turns.js';

describe('turns', () => {
  it('serve together what came during the turn before, each with its own result, in order', async () => {
    const { turns, served, go } = gated({ most: 3, waiting: 10 });
    const results = [1, 2, 3, 4, 5].map((one) => turns.ask(one));
    for (let turn = 0; turn < 3; turn++) await go();
    expect(await Promise.all(results)).toEqual(['done 1', 'done 2', 'done 3', 'done 4', 'done 5']);
    expect(served).toEqual([[1], [2, 3, 4], [5]]);
  });

  it('fail together, and go on with the next turn', async () => {
    let turn = 0;
    const turns = new Turns<number, number>(
      async (asked) => {
        turn += 1;
        if (turn === 2) throw new Error('the second turn fails');
        return [...asked];
      },
      { most: 2, waiting: 10 },
    );
    const ends = await Promise.allSettled([1, 2, 3, 4].map((one) => turns.ask(one)));
    expect(ends.map((end) => end.status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
    expect(await turns.ask(5)).toBe(5);
  });

  it('refuse who comes when enough are waiting, and take the next one when there is room again', async () => {
    const { turns, go } = gated({ most: 2, waiting: 2 });
    const results = [1, 2, 3].map((one) => turns.ask(one)); // one at work, two waiting
    const refused = await turns.ask(4).catch((error: unknown) => error);
    expect(tooManyDeliveries.is(refused) && refused.details).toEqual({ waiting: 2 });
    await go();
    results.push(turns.ask(5));
    for (let turn = 0; turn < 2; turn++) await go();
    expect(await Promise.all(results)).toEqual(['done 1', 'done 2', 'done 3', 'done 5']);
  });

  it('pass over who has no time left, and say that nothing was done', async () => {
    const { turns, served, go } = gated({ most: 2, waiting: 10 });
    const first = turns.ask(1);
    const late = turns.ask(2, performance.now() - 1).catch((error: unknown) => error);
    const others = [3, 4].map((one) => turns.ask(one, performance.now() + 60_000));
    for (let turn = 0; turn < 2; turn++) await go();
    expect(await late).toMatchObject({ name: 'Fault', acted: 'no' });
    expect(await Promise.all([first, ...others])).toEqual(['done 1', 'done 3', 'done 4']);
    expect(served).toEqual([[1], [3, 4]]);
  });
});

/** Turns that each wait until they are let go. */
function gated(bounds: { most: number; waiting: number }) {
  const served: number[][] = [];
  const gates: (() => void)[] = [];
  let turn = 0;
  const turns = new Turns<number, string>(async (asked) => {
    served.push([...asked]);
    await new Promise<void>((resolve) => gates.push(resolve));
    return asked.map((one) => `done ${one}`);
  }, bounds);
  const go = async () => {
    gates[turn++]?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { turns, served, go };
}
