import { UndeliveredWatch } from './undelivered-watch.js';

it('says once that nobody works on the deliveries of a module, after it has lasted 5 s, and once that somebody does again', () => {
  const lines: string[] = [];
  const say = (line: string) => void lines.push(line);
  const watch = new UndeliveredWatch({ debug: say, info: say, warn: say, error: say });
  watch.look(['stock'], 0);
  watch.look(['stock', 'payment'], 4_900);
  watch.look(['stock'], 5_000); // payment's app has only been started again
  watch.look(['stock'], 60_000);
  expect(lines).toEqual([
    'Nobody works on the deliveries of stock: it is routed to an app that does not run. Start that app, or take the module ' +
      'back: npx banyan move stock --to together',
  ]);
  watch.look([], 61_000);
  watch.look([], 62_000);
  expect(lines.slice(1)).toEqual(['Deliveries of stock are worked on again']);
});
