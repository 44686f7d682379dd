import { Random } from '../../bench/drive/random.js';

/** Something that a client wants done, under an id that stays the same however often it is sent. */
export interface Operation {
  readonly opId: string;
  readonly f: 'transfer' | 'order' | 'transaction';
  readonly app: 'bank' | 'shop';
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly trace: string;
}

const HEX = '0123456789abcdef';

/** The nth operation of a client: the seed alone decides it, so that it is known in advance which are poison. */
export function operation(
  seed: string,
  client: number,
  n: number,
  mix: { dawdle?: boolean } = {},
): Operation {
  const random = new Random(`${seed}/operation/${client}/${n}`);
  const opId = uuid(random);
  const trace = random.text(HEX, 32);
  const mood = moodOf(random);
  const kind = random.next();
  if (kind < 0.45) {
    const from = random.int(1, 20);
    const to = 1 + ((from + random.int(0, 18)) % 20);
    const slow = mix.dawdle && random.chance(0.2) ? { dawdle: random.int(20, 120) } : {};
    const body = { opId, from, to, amount: random.int(1, 20), mood, ...slow };
    return { opId, f: 'transfer', app: 'bank', path: '/bank/transfers', body, trace };
  }
  if (kind < 0.65) {
    const body = { opId, product: random.int(1, 10), quantity: random.int(1, 5), mood };
    return { opId, f: 'order', app: 'shop', path: '/shop/orders', body, trace };
  }
  const lists = random.shuffled([1, 2, 3, 4, 5, 6]).map((list) => `list:${list}`);
  const appends = random.int(0, 2);
  const append = lists.slice(0, appends).map((list, at) => ({ list, item: `${opId.slice(0, 13)}-${at}` }));
  const read = lists.slice(random.int(0, 1), random.int(2, 3));
  return {
    ...{ opId, f: 'transaction', app: 'bank', path: '/bank/transactions', trace },
    body: { opId, append, read, mood },
  };
}

/** Two of a hundred are poison to the picky listener, four fail it once. */
function moodOf(random: Random): string {
  const luck = random.next();
  if (luck < 0.02) return 'poison';
  return luck < 0.06 ? 'flaky' : 'fine';
}

function uuid(random: Random): string {
  const hex = (length: number) => random.text(HEX, length);
  return `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`;
}
