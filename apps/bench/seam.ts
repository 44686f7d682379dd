/**
 * What a call across modules costs: direct, through the seam in process, and as if remote. Prints nanoseconds per awaited
 * call, the median of interleaved rounds (one after the other would measure the order: performance.md, section 4).
 *
 * `node dist/apps/bench/seam.js [rounds] [calls per round]`
 */
import 'reflect-metadata';
import { cpus } from 'node:os';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { SeamCounts, seamFor } from '#platform/seam';
import { freshContext, inContext } from '#platform/telemetry';

const LINES = Array.from({ length: 8 }, (_, at) => ({
  sellerId: at,
  productId: at * 7,
  name: `product number ${at} with a name of ordinary length`,
  price: '12.50',
  at: new Date(at),
}));

@Injectable()
class Api {
  async one(id: number): Promise<number> {
    return id;
  }
  async kilobyte(lines: typeof LINES): Promise<typeof LINES> {
    return lines;
  }
}
@Module({ providers: [Api], exports: [Api] })
class Callee {}

async function api(asIfRemote: boolean): Promise<Api> {
  const modules = [{ name: 'callee', type: Callee }];
  const seam = seamFor({ modules, asIfRemote, callTimeoutMs: 5_000, counts: new SeamCounts() });
  const instrument = { instanceDecorator: seam.instanceDecorator };
  return (await NestFactory.createApplicationContext(Callee, { logger: false, instrument })).get(Api);
}

/** The same object with its methods as properties of its own: what a generated stand-in instead of a Proxy would cost. */
function generated(real: Api): Api {
  const standIn = Object.create(Object.getPrototypeOf(real)) as Api;
  standIn.one = (id) => real.one(id);
  standIn.kilobyte = (lines) => real.kilobyte(lines);
  return standIn;
}

type Round = (calls: number) => Promise<void>;

const one =
  (target: Api): Round =>
  async (calls) => {
    for (let call = 0; call < calls; call++) await target.one(call);
  };
const kilobyte =
  (target: Api): Round =>
  async (calls) => {
    for (let call = 0; call < calls; call++) await target.kilobyte(LINES);
  };

const from = (module: string, round: Round): Round => {
  const context = freshContext({ module, operation: 'bench', deadline: performance.now() + 3_600_000 });
  return (calls) => inContext(context, () => round(calls));
};

async function main(rounds: number, calls: number): Promise<void> {
  const direct = new Api();
  const together = await api(false);
  const apart = await api(true);
  const contenders: readonly [name: string, round: Round, share: number][] = [
    ['direct', from('caller', one(direct)), 1],
    ['generated stand-in, no seam', from('caller', one(generated(direct))), 1],
    ["a module's own call, untouched", from('callee', one(together)), 1],
    ['through the seam in process', from('caller', one(together)), 1],
    ['as if remote, a number', from('caller', one(apart)), 0.2],
    ['as if remote, 1 KB each way', from('caller', kilobyte(apart)), 0.05],
  ];
  const taken = contenders.map((): number[] => []);
  for (let round = -1; round < rounds; round++) {
    for (const [at, [, run, share]] of contenders.entries()) {
      const times = Math.ceil(calls * share);
      const began = performance.now();
      await run(times);
      // The first round warms up.
      if (round >= 0) taken[at]?.push(((performance.now() - began) * 1e6) / times);
    }
  }
  console.log(`node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`);
  console.log(`${rounds} interleaved rounds of ${calls} awaited calls; ns per call: median [least - most]`);
  for (const [at, [name]] of contenders.entries()) {
    const sorted = (taken[at] ?? []).sort((a, b) => a - b);
    const [least, median, most] = [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1)].map(
      (ns) => String(Math.round(ns ?? Number.NaN)).padStart(6),
    );
    console.log(`${name.padEnd(32)} ${median} [${least} - ${most}]`);
  }
}

await main(Number(process.argv[2] ?? 11), Number(process.argv[3] ?? 100_000));
