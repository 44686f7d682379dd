import { StockModule } from '#marketplace/stock/module';
import { type RunningModules, startModules } from '#testing';
import { banyan as command } from './banyan.fixture.js';

let shop: RunningModules;
beforeAll(async () => {
  shop = await startModules({ here: [StockModule] });
});
afterAll(() => shop.stop());
const banyan = (words: string) => command(words, { settings: { DATABASE_URL: shop.database.url } });

it('changes the level of a module for a while, shows it, and takes it back', async () => {
  expect((await banyan('logs level')).out).toBe(
    'Every module writes lines as the setting LOG_LEVEL of its process says.\n',
  );
  const changed = await banyan('logs level stock debug --for 10m --who ada --why "it is slow"');
  expect(changed.code).toBe(0);
  expect(changed.out).toMatch(/stock.*debug.*10 min.*ada.*it is slow/);
  const { wanted } = JSON.parse((await banyan('logs level --json')).out);
  expect(wanted).toMatchObject([{ module: 'stock', level: 'debug', who: 'ada', why: 'it is slow' }]);
  expect((await banyan('logs level stock usual')).out).toContain(
    'stock writes lines as the setting LOG_LEVEL',
  );
});

it.each([
  ['logs level stok debug', 'No app that runs has a module stok: say stock, or all.'],
  [
    'logs level stock loud',
    '"loud" is no level: say trace, debug, info, warn, error, fatal, silent or usual.',
  ],
  ['logs level stock debug --for long', 'It must be a time such as 30s, 10m, 2h or 3d.'],
])('refuses "%s" and says what there is', async (words, sentence) => {
  const { code, err } = await banyan(words);
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(sentence) });
});
