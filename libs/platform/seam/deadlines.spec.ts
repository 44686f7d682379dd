import { Deadlines } from './deadlines.js';

const call = (deadline: number, expire = () => {}) => ({ deadline, open: true, expire });

describe('deadlines', () => {
  it('expire those that have passed, and only those that are still open', async () => {
    const deadlines = new Deadlines();
    const expired: string[] = [];
    const now = performance.now();
    const settled = call(now + 1, () => expired.push('settled'));
    deadlines.watch(settled);
    deadlines.watch(call(now + 60_000, () => expired.push('later')));
    settled.open = false;
    await new Promise<void>((resolve) => {
      deadlines.watch(
        call(now + 1, () => {
          expired.push('passed');
          resolve();
        }),
      );
    });
    expect(expired).toEqual(['passed']);
    expect(deadlines.size).toBe(1);
  });

  it('keep no more than the calls under way and a bounded rest, even if the event loop never turns', () => {
    const deadlines = new Deadlines();
    const far = performance.now() + 60_000;
    const open = Array.from({ length: 500 }, () => call(far));
    for (const waiting of open) deadlines.watch(waiting);
    let most = 0;
    for (let at = 0; at < 50_000; at++) {
      deadlines.watch({ ...call(far), open: false });
      most = Math.max(most, deadlines.size);
    }
    expect(most).toBeLessThanOrEqual(1024);
    expect(deadlines.size).toBeGreaterThanOrEqual(500);
  });
});
