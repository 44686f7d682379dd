import type { Mark } from './marks.js';
import { Outcomes } from './outcomes.js';

const mark = (tid: string): Mark => ({
  tid,
  type: 'PRICE_UPDATE',
  actorId: 1,
  status: 'SUCCESS',
  source: 'cart',
});

it('brings a mark to the transaction that waits for it, and ignores those of others', async () => {
  const outcomes = new Outcomes();
  const awaited = outcomes.expect('a').mark();
  outcomes.hear(mark('b'));
  expect(outcomes.waiting).toBe(1);
  outcomes.hear(mark('a'));
  expect((await awaited)?.mark.tid).toBe('a');
  expect(outcomes.waiting).toBe(0);
});

it('keeps a mark that came before the answer to the request', async () => {
  const outcomes = new Outcomes();
  const { mark: awaited } = outcomes.expect('a');
  outcomes.hear(mark('a'));
  expect((await awaited())?.mark).toEqual(mark('a'));
});

it('gives up on a mark that does not come in time', async () => {
  expect(await new Outcomes(20).expect('a').mark()).toBeUndefined();
});

it('gives up on everything when it is closed, also on what is asked for later', async () => {
  const outcomes = new Outcomes();
  const before = outcomes.expect('a').mark();
  outcomes.close();
  expect([await before, await outcomes.expect('b').mark()]).toEqual([undefined, undefined]);
});
