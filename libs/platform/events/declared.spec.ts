import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { event } from './event.js';
import { discoverListeners } from './listener.js';
import { type ListenOptions, Listens } from './listens.js';

const Declared = event('TestDeclared', { from: 'customer', schema: z.object({ n: z.number() }) });

/** The providers of a module "seller" that declares these listeners. */
function declaring(...declared: Omit<ListenOptions<typeof Declared>, 'to'>[]) {
  const providers = declared.map((options) => {
    @Injectable()
    class Hears {
      @Listens({ ...options, to: Declared })
      async hear(): Promise<void> {}
    }
    return { instance: new Hears() };
  });
  return { getProviders: () => providers };
}

it.each([
  [{ name: 'seller.a', was: 'cart.a' }, /a former name is another one, of the same module/],
  [{ name: 'seller.a', was: 'seller.b' }, /"seller.a" was "seller.b", which is declared too/],
  [{ name: 'seller.a', pace: { lanes: 65 } }, /lanes: they are a whole number from 1 to 64/],
  [{ name: 'seller.a', pace: { batch: 0 } }, /a batch is a whole number from 1 to 1000/],
  [{ name: 'seller.a', pace: { perSecond: 0 } }, /it is a number above 0/],
  [{ name: 'seller.a', pace: { perSecond: Number.NaN } }, /"seller.a" has a pace of NaN per second/],
  [
    { name: 'seller.a', attempts: 0 },
    /"seller.a" is tried 0 times: attempts are a whole number from 1 to 1000/,
  ],
  [{ name: 'seller.a', attempts: Number.NaN }, /"seller.a" is tried NaN times/],
  [{ name: 'seller.a', attempts: Number.POSITIVE_INFINITY }, /"seller.a" is tried Infinity times/],
  [
    { name: 'seller.a', crashes: 1.5 },
    /"seller.a" may crash 1.5 times: crashes are a whole number from 1 to 100/,
  ],
  [
    { name: 'seller.a', backOff: { firstMs: 0 } },
    /"seller.a" has backOff.firstMs of 0: .* from 1 to 86400000/,
  ],
  [
    { name: 'seller.a', backOff: { longestMs: -1 } },
    /"seller.a" has backOff.longestMs of -1: .* from 1 to 86400000/,
  ],
  [
    { name: 'seller.a', backOff: { firstMs: 20, longestMs: 10 } },
    /"seller.a" has backOff.firstMs of 20 and backOff.longestMs of 10: the first pause is not above the longest/,
  ],
  [{ name: 'seller.a', deadlineMs: 0 }, /"seller.a" has a deadline of 0 ms: .* from 1 to 600000/],
  [{ name: 'seller.a', deadlineMs: Number.NaN }, /"seller.a" has a deadline of NaN ms/],
  [{ name: 'seller.a', from: new Date('never') }, /"seller.a" hears from an invalid date on/],
  [{ name: 'seller.a', serial: true, pace: { lanes: 2 } }, /is serial, so it has one lane/],
])('a listener that is declared wrongly is refused: %j', (options, sentence) => {
  const discovery = declaring(options, { name: 'seller.b' });
  expect(() => discoverListeners(discovery as never, ['seller'])).toThrow(sentence);
});
