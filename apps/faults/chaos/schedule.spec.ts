import { CHAOS } from './faults.js';
import { scheduleOf } from './schedule.js';

const names = (seed: string, minutes = 3) =>
  scheduleOf(seed, minutes * 60_000, 'redis').map(({ atMs, fault, luck }) => `${atMs} ${fault.name} ${luck}`);

it('the same seed is the same schedule, another seed another one', () => {
  expect(names('one')).toEqual(names('one'));
  expect(names('one')).not.toEqual(names('two'));
});

it('a longer run begins like a shorter one', () => {
  expect(names('one', 6).slice(0, names('one').length)).toEqual(names('one'));
});

it('draws every fault that a backend can have, and none of the other', () => {
  for (const backend of ['redis', 'postgres'] as const) {
    const drawn = new Set(scheduleOf('long', 60 * 60_000, backend).map(({ fault }) => fault.name));
    const possible = CHAOS.filter(({ on }) => on === undefined || on === backend).map(({ name }) => name);
    expect([...drawn].sort()).toEqual(possible.sort());
  }
});
