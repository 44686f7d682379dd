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
  [{ name: 'seller.a', serial: true, pace: { lanes: 2 } }, /is serial, so it has one lane/],
])('a listener that is declared wrongly is refused: %j', (options, sentence) => {
  const discovery = declaring(options, { name: 'seller.b' });
  expect(() => discoverListeners(discovery as never, ['seller'])).toThrow(sentence);
});
