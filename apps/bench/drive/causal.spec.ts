import { type LoggedUpdate, SellerLog, type SubmittedLine } from './causal.js';

const X = 1;
const Y = 2;
const line = (productId: number, price: string, version = '0'): SubmittedLine => ({
  productId,
  version,
  price,
});

/** A log in its order; each entry is [product, price] or [product, price, version of a replacement]. */
function log(...entries: [number, string, string?][]): SellerLog {
  const known = new Map<number, string>();
  return new SellerLog(
    entries.map(([productId, price, replaced], at): LoggedUpdate => {
      const kind = replaced ? 'replaced' : known.has(productId) ? 'price' : 'created';
      known.set(productId, replaced ?? known.get(productId) ?? '0');
      return { sequence: at + 1, productId, kind, version: known.get(productId) as string, price };
    }),
  );
}

describe('the cases of the published counter, by our definition', () => {
  const short = log([X, '10'], [X, '15'], [Y, '10'], [Y, '15']);
  const long = log([X, '10'], [X, '15'], [X, '20'], [Y, '10'], [Y, '15']);

  it('x old beside y, whose price came after a new x: one anomaly', () => {
    expect(short.judge([line(X, '10'), line(Y, '10')])).toEqual({ anomalies: 1, phantoms: [] });
  });

  it('two prices of x were missed: two anomalies', () => {
    expect(long.judge([line(X, '10'), line(Y, '10')]).anomalies).toBe(2);
  });

  it('x as new as y has seen it: none', () => {
    expect(short.judge([line(X, '15'), line(Y, '10')]).anomalies).toBe(0);
  });

  it('x under a version without later prices: none', () => {
    const replaced = log([X, '10'], [X, '10', 'v1'], [Y, '10'], [Y, '15']);
    expect(replaced.judge([line(X, '10'), line(Y, '10')]).anomalies).toBe(0);
    expect(replaced.judge([line(X, '10', 'v1'), line(Y, '10')]).anomalies).toBe(0);
  });
});

describe('the causal counter', () => {
  it('does not mind the order of the lines', () => {
    const seller = log([X, '10'], [X, '15'], [Y, '10']);
    expect(seller.judge([line(Y, '10'), line(X, '10')]).anomalies).toBe(1);
  });

  it('finds nothing in a cart of one line, however old', () => {
    expect(log([X, '10'], [X, '15'], [X, '20']).judge([line(X, '10')]).anomalies).toBe(0);
  });

  it('counts a price of a retired version too, when it had one more before the replacement', () => {
    const seller = log([X, '10'], [X, '15'], [X, '15', 'v1'], [Y, '10']);
    expect(seller.judge([line(X, '10'), line(Y, '10')]).anomalies).toBe(1);
    expect(seller.judge([line(X, '15'), line(Y, '10')]).anomalies).toBe(0);
  });

  it('does not count prices that nobody in the cart has seen', () => {
    const seller = log([X, '10'], [Y, '10'], [X, '15'], [Y, '15']);
    expect(seller.judge([line(X, '10'), line(Y, '10')]).anomalies).toBe(0);
    expect(seller.judge([line(X, '15'), line(Y, '15')]).anomalies).toBe(0);
  });

  it('agrees with "a common cut exists": anomalies are 0 if, and only if, max(lo) < min(hi)', () => {
    const updates: [number, string][] = [
      [X, '10'],
      [Y, '10'],
      [X, '15'],
      [Y, '15'],
      [X, '20'],
      [Y, '20'],
    ];
    const seller = log(...updates);
    const interval = (product: number, price: string): [number, number] => {
      const at = updates.findIndex(([p, c]) => p === product && c === price);
      const next = updates.findIndex(([p], later) => later > at && p === product);
      return [at, next === -1 ? Number.POSITIVE_INFINITY : next];
    };
    for (const x of ['10', '15', '20']) {
      for (const y of ['10', '15', '20']) {
        const [lowX, highX] = interval(X, x);
        const [lowY, highY] = interval(Y, y);
        const consistent = Math.max(lowX, lowY) < Math.min(highX, highY);
        expect([x, y, seller.judge([line(X, x), line(Y, y)]).anomalies === 0]).toEqual([x, y, consistent]);
      }
    }
  });

  it('tells a price that never was as a phantom, and not as an anomaly', () => {
    const seller = log([X, '10'], [X, '15'], [Y, '10']);
    expect(seller.judge([line(X, '12'), line(Y, '10')])).toEqual({ anomalies: 0, phantoms: [line(X, '12')] });
    expect(seller.judge([line(X, '15', 'v9')]).phantoms).toHaveLength(1);
    expect(seller.judge([line(3, '10')]).phantoms).toHaveLength(1);
  });
});
