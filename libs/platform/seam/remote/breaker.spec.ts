import { Breaker } from './breaker.js';
import { until } from './calls.fixture.js';

const options = { failures: 3, openMs: 10, longestOpenMs: 1_000 };

function opened(): Breaker {
  const breaker = new Breaker(options);
  for (let failure = 0; failure < 3; failure++) breaker.failed();
  return breaker;
}

describe('a circuit breaker', () => {
  it('opens at the third failure in a row, and says so once', () => {
    const breaker = new Breaker(options);
    expect([breaker.failed(), breaker.failed()]).toEqual([false, false]);
    expect([breaker.state, breaker.admits()]).toEqual(['closed', 'yes']);
    expect([breaker.failed(), breaker.failed()]).toEqual([true, false]);
    expect([breaker.state, breaker.admits()]).toEqual(['open', 'no']);
  });

  it('does not open for failures with answers between them', () => {
    const breaker = new Breaker(options);
    for (let time = 0; time < 10; time++) {
      breaker.failed();
      breaker.failed();
      breaker.succeeded();
    }
    expect(breaker.state).toBe('closed');
  });

  it('lets one call through after its time, and all after the answer to that', async () => {
    const breaker = opened();
    await until(() => breaker.state === 'half-open');
    expect([breaker.admits(), breaker.admits()]).toEqual(['probe', 'no']);
    breaker.succeeded();
    expect([breaker.state, breaker.admits()]).toEqual(['closed', 'yes']);
  });

  it('stays open for twice as long when the probe fails', async () => {
    const breaker = opened();
    await until(() => breaker.state === 'half-open');
    breaker.admits();
    const began = performance.now();
    expect(breaker.failed()).toBe(true);
    expect(breaker.admits()).toBe('no');
    await until(() => breaker.state === 'half-open');
    expect(performance.now() - began).toBeGreaterThanOrEqual(20);
  });

  it('lets the next call be the probe when the first told nothing', async () => {
    const breaker = opened();
    await until(() => breaker.state === 'half-open');
    breaker.admits();
    breaker.learntNothing();
    expect(breaker.admits()).toBe('probe');
  });
});
