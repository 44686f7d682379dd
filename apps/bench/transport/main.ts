/**
 * What a call of 1 KB to another process and back costs, by transport. Prints medians of interleaved rounds (one after the other would
 * measure the order, and what else the machine did meanwhile).
 *
 * `node dist/apps/bench/transport/main.js [rounds] [calls per round] [NATS server, such as nats://127.0.0.1:4222]`
 */
import 'reflect-metadata';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { ClientProxyFactory, Transport } from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';
import { CallClient, connectNats, type RemoteAnswer } from '#platform/seam';
import type { Addresses } from './callee.js';
import { CALL, PATTERN, SECRET } from './echo.js';
import { FramedProxy } from './framed-strategy.js';

interface Contender {
  readonly name: string;
  readonly call: () => Promise<RemoteAnswer>;
}

/** What one contender did at one concurrency, over all rounds. */
class Taken {
  readonly rates: number[] = [];
  readonly latencies: number[] = [];
  /** Processor time of both processes for each call, in µs. */
  readonly cpu: number[] = [];
}

const CONCURRENCIES = [1, 64];

async function contenders(addresses: Addresses, natsUrl: string | undefined): Promise<Contender[]> {
  const { framed, framedUnderNest, nestTcp, framedOverNats } = addresses;
  const client = new CallClient({ secret: SECRET, name: 'bench' });
  const proxy = new FramedProxy(framedUnderNest);
  const tcp = ClientProxyFactory.create({
    transport: Transport.TCP,
    options: { host: '127.0.0.1', port: nestTcp },
  });
  const timeoutMs = 10_000;
  const always: Contender[] = [
    { name: 'framed', call: () => client.call(framed, CALL, { timeoutMs }) },
    { name: 'framed, callee under Nest', call: () => client.call(framedUnderNest, CALL, { timeoutMs }) },
    { name: 'framed, both under Nest', call: () => firstValueFrom(proxy.send<RemoteAnswer>(PATTERN, CALL)) },
    { name: 'Nest TCP', call: () => firstValueFrom(tcp.send<RemoteAnswer>(PATTERN, CALL)) },
  ];
  if (natsUrl === undefined || framedOverNats === undefined) return always;
  const broker = await connectNats(natsUrl, 'caller');
  const brokered = new CallClient({ secret: SECRET, name: 'bench', broker });
  const nats = ClientProxyFactory.create({ transport: Transport.NATS, options: { servers: [natsUrl] } });
  return [
    ...always,
    { name: 'framed, over NATS', call: () => brokered.call(framedOverNats, CALL, { timeoutMs }) },
    { name: 'Nest NATS', call: () => firstValueFrom(nats.send<RemoteAnswer>(PATTERN, CALL)) },
  ];
}

/** Makes calls, so many at a time, and gives how long each took, in ms. */
async function round(call: Contender['call'], calls: number, atATime: number): Promise<number[]> {
  const latencies: number[] = [];
  let left = calls;
  const one = async () => {
    while (left-- > 0) {
      const began = performance.now();
      const answer = await call();
      latencies.push(performance.now() - began);
      if (!answer.ok || answer.value.length !== CALL.args.length)
        throw new Error('A wrong answer came back.');
    }
  };
  await Promise.all(Array.from({ length: atATime }, one));
  return latencies;
}

async function cpuOf(callee: ChildProcess): Promise<number> {
  callee.send('cpu');
  const [{ cpu }] = (await once(callee, 'message')) as [{ cpu: NodeJS.CpuUsage }];
  const own = process.cpuUsage();
  return cpu.user + cpu.system + own.user + own.system;
}

function middle(values: readonly number[], at = 0.5): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] ?? Number.NaN;
}

function line(name: string, { rates, latencies, cpu }: Taken): string {
  const rate = `${Math.round(middle(rates))} [${Math.round(Math.min(...rates))} - ${Math.round(Math.max(...rates))}]`;
  const [p50, p99] = [middle(latencies), middle(latencies, 0.99)].map((ms) => ms.toFixed(2));
  return `${name.padEnd(28)} ${rate.padStart(24)} ${p50?.padStart(7)} ${p99?.padStart(7)} ${middle(cpu).toFixed(0).padStart(9)}`;
}

async function main(rounds: number, calls: number, natsUrl: string | undefined): Promise<void> {
  const callee = fork(
    fileURLToPath(new URL('callee.js', import.meta.url)),
    natsUrl === undefined ? [] : [natsUrl],
  );
  const [{ addresses }] = (await once(callee, 'message')) as [{ addresses: Addresses }];
  const all = await contenders(addresses, natsUrl);
  const taken = CONCURRENCIES.map(() => all.map(() => new Taken()));
  for (let at = -1; at < rounds; at++) {
    for (const [index, atATime] of CONCURRENCIES.entries()) {
      for (const [who, { call }] of all.entries()) {
        const share = atATime === 1 ? Math.ceil(calls / 8) : calls;
        const cpuBefore = await cpuOf(callee);
        const began = performance.now();
        const latencies = await round(call, share, atATime);
        const seconds = (performance.now() - began) / 1_000;
        const cpu = ((await cpuOf(callee)) - cpuBefore) / share;
        const into = taken[index]?.[who];
        // The first round warms up.
        if (at < 0 || into === undefined) continue;
        into.rates.push(share / seconds);
        into.cpu.push(cpu);
        for (const latency of latencies) into.latencies.push(latency);
      }
    }
  }
  console.log(`node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`);
  console.log(
    `${rounds} interleaved rounds of ${calls} calls of ${CALL.args.length} bytes; callee in another process`,
  );
  for (const [index, atATime] of CONCURRENCIES.entries()) {
    console.log(
      `\n${`${atATime} at a time`.padEnd(28)} ${'calls/s [least - most]'.padStart(24)}  p50 ms  p99 ms  CPU µs/call`,
    );
    for (const [who, { name }] of all.entries()) console.log(line(name, taken[index]?.[who] as Taken));
  }
  callee.disconnect();
  process.exit();
}

await main(Number(process.argv[2] ?? 9), Number(process.argv[3] ?? 20_000), process.argv[4]);
