/** The calling process: makes the calls of all rounds, and sends what it measured to whoever started it. */
import 'reflect-metadata';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { freshContext, inContext } from '#platform/telemetry';
import { percentile } from '../../drive/percentiles.js';
import { type Addresses, LINES } from './echo.js';
import type { CallRound, CallRounds } from './figures.js';
import { type Way, ways } from './ways.js';

const CONCURRENCIES = [1, 64];
/** A call in process takes a hundredth of one over a socket: so many more are made, so that a round can be timed. */
const IN_PROCESS = 20;
/** One at a time over a socket takes longer than many at a time. */
const ONE_AT_A_TIME = 0.25;

async function main(rounds: number, calls: number): Promise<CallRounds[]> {
  const ports = { caller: await freePort(), callee: await freePort() };
  const callee = fork(fileURLToPath(new URL('./callee.js', import.meta.url)), [
    String(ports.caller),
    String(ports.callee),
  ]);
  const [{ addresses }] = (await once(callee, 'message')) as [{ addresses: Addresses }];
  const all = await ways(addresses, ports);
  const taken = all.flatMap((way) =>
    CONCURRENCIES.map((atATime) => ({ way, atATime, rounds: [] as CallRound[] })),
  );
  // As a request of another module makes them: under a trace, with a deadline above.
  const context = freshContext({
    module: 'asker',
    operation: 'bench',
    deadline: performance.now() + 3_600_000,
  });
  for (let round = 0; round <= rounds; round++) {
    for (const each of taken) {
      const figures = await inContext(context, () => measure(each.way, calls, each.atATime, callee));
      if (round > 0) each.rounds.push(figures); // the first one warms up
    }
  }
  callee.disconnect();
  return taken.map(({ way, ...rest }) => ({ way: way.name, ...rest }));
}

async function measure(way: Way, calls: number, atATime: number, callee: ChildProcess): Promise<CallRound> {
  const share = way.remote ? (atATime === 1 ? ONE_AT_A_TIME : 1) : IN_PROCESS;
  const count = Math.max(atATime, Math.ceil(calls * share));
  if (!way.remote) {
    const took = await untimed(way.call, count, atATime);
    return { perSecond: (count * 1_000) / took, micros: (took * 1_000 * atATime) / count };
  }
  const before = await cpuMicros(callee);
  const { took, latencies } = await timed(way.call, count, atATime);
  const cpu = (await cpuMicros(callee)) - before;
  return {
    perSecond: (count * 1_000) / took,
    micros: (took * 1_000 * atATime) / count,
    p50Micros: percentile(latencies, 50) * 1_000,
    p99Micros: percentile(latencies, 99) * 1_000,
    cpuMicros: cpu / count,
  };
}

/** @returns how long all of them took, in ms */
async function untimed(call: Way['call'], count: number, atATime: number): Promise<number> {
  let left = count;
  const began = performance.now();
  const one = async () => {
    while (left-- > 0) await call();
  };
  await Promise.all(Array.from({ length: atATime }, one));
  return performance.now() - began;
}

async function timed(call: Way['call'], count: number, atATime: number) {
  const latencies = new Float64Array(count);
  let next = 0;
  const began = performance.now();
  const one = async () => {
    for (let at = next++; at < count; at = next++) {
      const sent = performance.now();
      const lines = await call();
      latencies[at] = performance.now() - sent;
      if (lines.length !== LINES.length) throw new Error('A wrong answer came back.');
    }
  };
  await Promise.all(Array.from({ length: atATime }, one));
  return { took: performance.now() - began, latencies: latencies.sort() };
}

/** Processor time of both processes so far. */
async function cpuMicros(callee: ChildProcess): Promise<number> {
  callee.send('cpu');
  const [{ cpu }] = (await once(callee, 'message')) as [{ cpu: NodeJS.CpuUsage }];
  const own = process.cpuUsage();
  return cpu.user + cpu.system + own.user + own.system;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

process.on('disconnect', () => process.exit());
const [rounds, calls] = process.argv.slice(2).map(Number);
const measured = await main(rounds as number, calls as number);
process.send?.({ measured });
process.disconnect?.(); // which ends it, once the message is out
