import type { DiscoveryService } from '@nestjs/core';
import type { DataSource } from 'typeorm';
import type { PlatformLog } from '../telemetry/platform-log.js';
import type { SpanBuffer } from '../telemetry/spans/span-buffer.js';
import type { UnitsOfWork } from '../work/units-of-work.js';
import type { Identity } from './bury.js';
import { Changes } from './changes/changes.js';
import { Courier } from './courier.js';
import { InWork } from './crashes/in-work.js';
import { discoverListeners, type Listener } from './listener.js';
import { declaredPersonal } from './personal.js';
import type { Statements } from './sql/find-overdue.js';
import { registerListeners } from './sql/register-listeners.js';
import { registerPersonal } from './sql/register-personal.js';
import { Sweep } from './sweep.js';
import type { WakeBackend } from './wake/backend.js';
import { StrayJobs } from './wake/stray-jobs.js';
import { WakeWorkers } from './wake/wake-workers.js';
import type { Waker } from './wake/waker.js';

/** What the deliveries of an app need to run. */
export interface RuntimeParts {
  readonly discovery: DiscoveryService;
  readonly source: DataSource;
  /** Connections that are not the business's, for the sweep. */
  readonly own: Statements;
  /** The database, for the connection that shows whether this process lives. */
  readonly url: string;
  readonly units: UnitsOfWork;
  readonly backend: WakeBackend;
  readonly waker: Waker;
  readonly log: PlatformLog;
  readonly identity: Identity;
  /** Where deliveries leave their spans. */
  readonly spans?: SpanBuffer;
  /** Names of the modules that this app hosts. */
  readonly modules: readonly string[];
}

/** The deliveries of one app: found among its providers, registered, worked on, stopped. */
export class DeliveryRuntime {
  readonly listeners: readonly Listener[];
  private readonly courier: Courier;
  private readonly workers: WakeWorkers;
  private readonly strays: StrayJobs;
  private readonly sweep: Sweep;
  private readonly inWork: InWork;
  private readonly changes: Changes;
  /** Signs for what changes. */
  private readonly who: string;

  constructor(private readonly parts: RuntimeParts) {
    const { backend, waker, log, source, units, identity } = parts;
    this.listeners = discoverListeners(parts.discovery, parts.modules);
    const byName = new Map(this.listeners.map((listener) => [listener.name, listener]));
    this.inWork = new InWork(parts.url, identity, log);
    this.courier = new Courier(
      units,
      byName,
      identity,
      this.inWork,
      log,
      (lane, delay) => waker.wakeLater(lane, delay),
      (lane, delay) => waker.wakeSoon(lane, delay),
    );
    waker.askFirst((lane) => this.courier.lookAgain(lane) || this.workers.takeHere(lane));
    const raw = (queue: string, id: string) => backend.raw(queue, id);
    this.strays = new StrayJobs(source, this.listeners, identity, log, raw);
    this.workers = new WakeWorkers(backend, this.courier, waker, this.strays, log, parts.spans);
    this.sweep = new Sweep(
      parts.own,
      waker,
      () => this.delivering(),
      (lane) => this.courier.work(lane),
      log,
      parts.spans,
    );
    this.who = `${parts.identity.app} ${parts.identity.instance}`;
    const wakeUp = ({ name, partitions }: Listener) =>
      waker.wakeAgain(Array.from({ length: partitions }, (_, partition) => ({ listener: name, partition })));
    this.changes = new Changes(source, () => this.delivering(), this.who, log, wakeUp);
  }

  /** Registers the listeners of all modules of this app, and begins to sweep; it delivers for none yet. */
  async start(): Promise<void> {
    const { source, log } = this.parts;
    const notes = await registerListeners(source, this.listeners, this.who);
    for (const note of notes) log.warn(note);
    await registerPersonal(source, declaredPersonal());
    if (this.listeners.length > 0) await this.inWork.start();
    this.sweep.start();
    this.changes.start();
  }

  /** Modules that this process delivers for now. */
  get modules(): readonly string[] {
    return this.workers.modules;
  }

  /**
   * Delivers for these modules from now on, and for no others: takes up what waits for the new ones, and finishes what is in
   * work for those that it leaves. While two processes deliver for a module at once, lanes keep them apart.
   *
   * @param deadlineMs for what is in work, in milliseconds
   */
  async deliverFor(modules: readonly string[], deadlineMs: number): Promise<void> {
    const before = this.workers.modules;
    const listening = [...new Set(this.listeners.map((listener) => listener.module))];
    const wanted = listening.filter((module) => modules.includes(module));
    for (const module of wanted) this.courier.take(module);
    await Promise.all(wanted.map((module) => this.workers.take(module, this.mostLanes(module))));
    const left = before.filter((module) => !wanted.includes(module));
    for (const module of left) this.courier.leave(module);
    await Promise.all(left.map((module) => this.workers.leave(module, deadlineMs)));
    if (!wanted.some((module) => !before.includes(module))) return;
    this.changes.lookNow();
    await this.sweep.lookNow();
  }

  /** What became of attempts at deliveries since the start, by listener. */
  get counts(): Courier['counts'] {
    return this.courier.counts;
  }

  /** Lanes with work that nobody had been woken for, since the start. */
  get lostWakeUps(): number {
    return this.sweep.found;
  }

  /** Jobs in queues that were no wake-ups, recorded here since the start, by module and reason. */
  get strayJobs(): StrayJobs['counts'] {
    return this.strays.counts;
  }

  /** Throws while deliveries can't be worked on, with the reason. */
  check(): void {
    if (!this.workers.running) throw new Error('A worker for deliveries has stopped: restart this app.');
  }

  /** Throws while nobody can be woken, or may be in vain, with the reason and what to do. */
  async checkQueues(): Promise<void> {
    await this.parts.backend.check();
  }

  /** Begins no delivery any more, while what is in work goes on: the first thing of a stop, long before {@link stop}. */
  beginNoMore(): void {
    this.courier.beginNoMore();
  }

  /**
   * Takes nothing new and finishes what is in work.
   *
   * @param deadlineMs in milliseconds; what is not finished by then rolls back
   */
  async stop(deadlineMs: number): Promise<void> {
    const ended = [this.sweep.stop(deadlineMs), this.changes.stop(deadlineMs)];
    await Promise.all([...ended, this.deliverFor([], deadlineMs)]);
    await this.inWork.stop();
  }

  private mostLanes(module: string): number {
    return Math.max(
      ...this.listeners.filter((listener) => listener.module === module).map(({ partitions }) => partitions),
    );
  }

  private delivering(): readonly Listener[] {
    const modules = this.workers.modules;
    return this.listeners.filter(({ module }) => modules.includes(module));
  }
}
