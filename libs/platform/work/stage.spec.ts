import { z } from 'zod';
import { event } from '../events/event.js';
import { freshContext, inContext } from '../telemetry/call-context.js';
import { stage } from './stage.js';

const Noted = event('TestNoted', {
  from: 'cart',
  schema: z.object({ text: z.any() }),
  key: ({ text }) => String(text),
});

describe('publishing an event', () => {
  it.each([
    ['a bigint', 1n, /is not plain data/],
    ['a NUL', 'a\u0000b', /has a NUL/],
    ['half a character', 'a\ud800b', /half a character/],
    ['half a character, the other way', '\udc00', /half a character/],
  ])('is refused at once for %s', (_, text, words) => {
    expect(() => stage('cart', Noted, { text })).toThrow(words);
  });

  it.each([
    ['an escaped backslash before u0000', '\\u0000'],
    ['an emoji', '👩‍🚀'],
    ['a quote', '"'],
    ['accents', 'é'],
  ])('takes %s as it is', (_, text) => {
    expect(JSON.parse(stage('cart', Noted, { text }).json)).toEqual({ text });
  });

  it('is refused when deliveries chase each other', () => {
    const late = freshContext({ hops: 33, operation: 'cart.echo' });
    expect(() => inContext(late, () => stage('cart', Noted, { text: 'x' }))).toThrow(
      /"cart.echo" publishes TestNoted 33/,
    );
  });
});
