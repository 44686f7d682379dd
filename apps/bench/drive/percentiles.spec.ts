import { summarise } from './percentiles.js';

describe('percentiles', () => {
  it('are nearest ranks', () => {
    const hundred = Array.from({ length: 100 }, (_, at) => 100 - at);
    expect(summarise(hundred)).toEqual({
      count: 100,
      mean: 50.5,
      p50: 50,
      p75: 75,
      p90: 90,
      p95: 95,
      p99: 99,
      max: 100,
    });
  });

  it('of one value are that value', () => {
    expect(summarise([7])).toEqual({ count: 1, mean: 7, p50: 7, p75: 7, p90: 7, p95: 7, p99: 7, max: 7 });
  });

  it('of nothing are zeros', () => {
    expect(summarise([])).toEqual({ count: 0, mean: 0, p50: 0, p75: 0, p90: 0, p95: 0, p99: 0, max: 0 });
  });

  it('sort numbers as numbers', () => {
    expect(summarise([10, 9, 100]).p50).toBe(10);
  });
});
