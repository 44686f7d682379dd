import { Turns } from './turns.js';

describe('turns', () => {
  it('serve together what came during the turn before, each with its own result, in order', async () => {
    const served: number[][] = [];
    const gates: (() => void)[] = [];
    const turns = new Turns<number, string>(async (asked) => {
      served.push([...asked]);
      await new Promise<void>((resolve) => gates.push(resolve));
      return asked.map((one) => `done ${one}`);
    }, 3);
    const results = [1, 2, 3, 4, 5].map((one) => turns.ask(one));
    for (let turn = 0; turn < 3; turn++) {
      gates[turn]?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await Promise.all(results)).toEqual(['done 1', 'done 2', 'done 3', 'done 4', 'done 5']);
    expect(served).toEqual([[1], [2, 3, 4], [5]]);
  });

  it('fail together, and go on with the next turn', async () => {
    let turn = 0;
    const turns = new Turns<number, number>(async (asked) => {
      turn += 1;
      if (turn === 2) throw new Error('the second turn fails');
      return [...asked];
    }, 2);
    const ends = await Promise.allSettled([1, 2, 3, 4].map((one) => turns.ask(one)));
    expect(ends.map((end) => end.status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
    expect(await turns.ask(5)).toBe(5);
  });
});
