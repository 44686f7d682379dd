import 'reflect-metadata';
import * as auth from './sample/auth.fixture.js';
import { CatsModule } from './sample/cats.fixture.js';
import { apart, http, type Pair, type Placed, together } from './two-apps.fixture.js';

const running: Placed[] = [];
afterEach(async () => {
  for (const placed of running.splice(0)) await placed.stop();
});
async function start(place: typeof together, pair: Pair): Promise<Placed> {
  const placed = await place(pair);
  running.push(placed);
  return placed;
}
const post = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
const PLACEMENTS = [
  ['together', together],
  ['apart', apart],
] as const;

// One source for both placements: the changed lines are none.
describe('the samples of Nest, in their shape and with no line changed', () => {
  it.each(PLACEMENTS)('the cats are served by the app that hosts them, %s', async (_, place) => {
    const { there } = await start(place, { moves: CatsModule, uses: auth.AuthModule });
    const cat = { name: 'Tom', age: 3, breed: 'grey' };
    expect((await http(there, '/cats', post(cat))).status).toBe(201);
    expect(await http(there, '/cats')).toEqual({ status: 200, body: [cat] });
    expect(await http(there, '/cats/7')).toEqual({ status: 200, body: 'This action returns a #7 cat' });
    expect((await http(there, '/cats/seven')).status).toBe(400);
  });

  it.each(PLACEMENTS)('signing in asks the users, wherever they are, %s', async (_, place) => {
    const { here, seam } = await start(place, { moves: auth.UsersModule, uses: auth.AuthModule });
    const login = (password: string) => http(here, '/auth/login', post({ username: 'john', password }));
    expect(await login('changeme')).toEqual({ status: 200, body: { userId: 1, username: 'john' } });
    expect(await login('guess')).toEqual({ status: 401, body: { message: 'Unauthorized', statusCode: 401 } });
    const remote = place === apart ? 2 : 0;
    expect(seam.counts.rows()).toMatchObject([
      { callee: 'moves', operation: 'UsersService.findOne', calls: 2, remote },
    ]);
  });
});
