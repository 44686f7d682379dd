import { Injectable } from '@nestjs/common';
import { type Heard, Listens } from '#platform/events';
import type { Unit } from '#platform/work';
import { type Fact, ListsAppended, TransferMade } from './facts.events.js';
import { faultPoint } from './fault-points.js';
import { tellAttempt, tellEffect } from './telling.js';

const ATTEMPTS = 3;

/** The listener that fails: once for what is flaky, always for what is poison, in every manner that code can fail in. */
@Injectable()
export class PickyListeners {
  @Listens({
    name: 'audit.picky',
    to: [TransferMade, ListsAppended],
    attempts: ATTEMPTS,
    whenDead: () => faultPoint('burying'),
  })
  async picky(heard: Heard<Fact>, unit: Unit): Promise<void> {
    tellAttempt('audit.picky', heard);
    await tellEffect(unit, 'audit.picky', heard);
    const { mood } = heard.payload;
    if (mood === 'flaky' && heard.attempt === 1) throw new Error('not this time');
    if (mood === 'until-replayed' && heard.attempt <= ATTEMPTS)
      throw new Error('not before somebody replays it');
    if (mood.startsWith('poison')) fail(mood);
  }
}

function fail(mood: string): void {
  if (mood === 'poison-string') throw 'a string';
  if (mood === 'poison-null') throw null;
  if (mood === 'poison-circular') throw circular();
  if (mood === 'poison-getter') throw withGetter();
  if (mood === 'poison-stray') {
    Promise.reject(new Error('a stray rejection that nobody waits for')).catch(() => undefined);
  }
  if (mood === 'poison-memory') fillMemory();
  if (mood === 'poison-crash') process.kill(process.pid, 'SIGKILL');
  throw new Error('poison');
}

function circular(): Error {
  const error = new Error('goes round in circles');
  return Object.assign(error, { self: error, cause: error });
}

/** An error that fails whoever looks at it. */
function withGetter(): Error {
  const error = new Error('do not look');
  Object.defineProperty(error, 'stack', {
    get() {
      throw new Error('looked at the stack');
    },
  });
  return Object.defineProperty(error, 'message', {
    get() {
      throw new Error('looked at the message');
    },
  });
}

function fillMemory(): never {
  const kept: number[][] = [];
  for (;;) kept.push(new Array(1_000_000).fill(kept.length));
}
