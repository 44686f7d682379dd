import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Spread, spread } from '../../measure/figures.js';
import type { CallFigures, CallRound, CallRounds } from './figures.js';

/** Measures single calls, in two processes of their own. */
export function measureCalls(rounds: number, calls: number): Promise<CallRounds[]> {
  const caller = fork(fileURLToPath(new URL('./caller.js', import.meta.url)), [
    String(rounds),
    String(calls),
  ]);
  return new Promise((resolve, reject) => {
    caller.once('message', (message) => resolve((message as { measured: CallRounds[] }).measured));
    caller.once('exit', (code, signal) =>
      reject(new Error(`The calls could not be measured (${signal ?? `exit code ${code}`}): see above.`)),
    );
  });
}

/** What to tell of the rounds. */
export function callFigures({ way, atATime, rounds }: CallRounds): CallFigures {
  const over = (figure: (round: CallRound) => number | undefined): Spread | undefined => {
    const values = rounds.map(figure).filter((value) => value !== undefined);
    return values.length === 0 ? undefined : spread(values);
  };
  return {
    way,
    atATime,
    perSecond: spread(rounds.map((round) => round.perSecond)),
    micros: spread(rounds.map((round) => round.micros)),
    p50Micros: over((round) => round.p50Micros),
    p99Micros: over((round) => round.p99Micros),
    cpuMicros: over((round) => round.cpuMicros),
  };
}
