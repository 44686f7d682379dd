import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { DataSource } from 'typeorm';
import type { ConservationWatch } from '../../conservation/index.js';
import type { DeliveryRuntime } from '../../events/runtime.js';
import type { Seam } from '../../seam/index.js';
import type { AppLog } from '../../telemetry/log.js';
import type { Telemetry } from '../../telemetry/telemetry.js';
import { remembered } from './remembered.js';
import { type Standing, standingOf } from './standing.js';

/** What the metrics of an app are read from, once it runs. */
export interface Measured {
  readonly seam: Seam;
  readonly source: DataSource;
  readonly deliveries: DeliveryRuntime;
  readonly conservation: ConservationWatch;
  readonly log: AppLog;
  readonly telemetry: Telemetry;
}

/** How old an answer of the database may be, in ms. */
const STANDING_FOR_MS = 5_000;

/** The registry of an app, with what Node says of its process; the app's own follow by {@link measure}. */
export function newRegistry(app: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ app });
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 20 });
  return registry;
}

/**
 * Registers what an app counts anyway, to be read when somebody asks: nothing is added to the way of a call or a delivery. All labels
 * are names from the code.
 */
export function measure(
  registry: Registry,
  { seam, source, deliveries, conservation, log, telemetry }: Measured,
): void {
  read(
    registry,
    'banyan_calls_total',
    'Calls across modules, by edge, operation and outcome.',
    EDGE,
    (set) => {
      for (const { caller, callee, operation, calls, refusals, faults, bugs } of seam.counts.rows()) {
        const edge = { caller, callee, operation };
        set({ ...edge, outcome: 'refusal' }, refusals);
        set({ ...edge, outcome: 'fault' }, faults);
        set({ ...edge, outcome: 'bug' }, bugs);
        set({ ...edge, outcome: 'other' }, calls - refusals - faults - bugs);
      }
    },
  );
  read(
    registry,
    'banyan_call_seconds_total',
    'Time that callers have waited for calls.',
    EDGE.slice(0, 3),
    (set) => {
      for (const { caller, callee, operation, totalMs } of seam.counts.rows())
        set({ caller, callee, operation }, totalMs / 1_000);
    },
  );
  read(
    registry,
    'banyan_deliveries_total',
    'Attempts at deliveries, by listener and outcome.',
    ['listener', 'outcome'],
    (set) => {
      for (const [listener, { done, failed, dead }] of deliveries.counts) {
        set({ listener, outcome: 'done' }, done);
        set({ listener, outcome: 'failed' }, failed);
        set({ listener, outcome: 'dead' }, dead);
      }
    },
  );
  wakeUps(registry, deliveries);
  read(registry, 'banyan_log_lines_dropped_total', 'Lines that were not written, by why.', ['why'], (set) => {
    set({ why: 'flood' }, log.flood.dropped);
    set({ why: 'slow reader' }, log.dropped());
  });
  keeping(registry, telemetry);
  pool(registry, source);
  standing(registry, source, deliveries);
  single(
    registry,
    'banyan_conservation_gap',
    'Deliveries in no state at all, or that belong to nobody, among all that is kept, as whichever process looks has found.',
    async () => conservation.gaps?.reduce((sum, { count }) => sum + count, 0),
  );
}

const EDGE = ['caller', 'callee', 'operation', 'outcome'];
type Labels = Record<string, string>;

/** A counter whose values stand elsewhere. */
function read(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly string[],
  tell: (set: (labels: Labels, value: number) => void) => void,
): void {
  new Counter({
    ...{ name, help, labelNames, registers: [registry] },
    collect() {
      this.reset();
      tell((labels, value) => this.inc(labels, value));
    },
  });
}

function wakeUps(registry: Registry, deliveries: DeliveryRuntime): void {
  read(
    registry,
    'banyan_lost_wake_ups_total',
    'Lanes with work that nobody was woken for, found by the sweep.',
    [],
    (set) => set({}, deliveries.lostWakeUps),
  );
  read(
    registry,
    'banyan_stray_jobs_total',
    'Jobs in our queues that were no wake-ups, by module and reason.',
    ['module', 'reason'],
    (set) => {
      for (const [module, counts] of deliveries.strayJobs)
        for (const [reason, count] of counts) set({ module, reason }, count);
    },
  );
}

function keeping(registry: Registry, telemetry: Telemetry): void {
  const name = 'banyan_telemetry_lost_total';
  read(
    registry,
    name,
    'Spans and lines that were not kept, though they should have been.',
    ['what'],
    (set) => {
      set({ what: 'spans' }, telemetry.lost.spans);
      set({ what: 'lines' }, telemetry.lost.lines);
    },
  );
  read(
    registry,
    'banyan_telemetry_left_out_total',
    'Spans and lines that sampling has left out.',
    [],
    (set) => set({}, telemetry.leftOut),
  );
  single(
    registry,
    'banyan_telemetry_kept',
    'Whether spans and lines arrive where they are kept; left out where nobody keeps them.',
    async () => {
      if (telemetry.kept === undefined) throw new Error('nobody knows');
      return Number(telemetry.kept);
    },
  );
}

function pool(registry: Registry, source: DataSource): void {
  const { master } = source.driver as unknown as {
    master: { totalCount: number; idleCount: number; waitingCount: number };
  };
  new Gauge({
    ...{
      name: 'banyan_pool_connections',
      help: 'Connections to Postgres.',
      labelNames: ['state'],
      registers: [registry],
    },
    collect() {
      this.set({ state: 'busy' }, master.totalCount - master.idleCount);
      this.set({ state: 'idle' }, master.idleCount);
    },
  });
  new Gauge({
    ...{
      name: 'banyan_pool_waiting',
      help: 'Who waits for a connection to Postgres.',
      registers: [registry],
    },
    collect() {
      this.set(master.waitingCount);
    },
  });
}

/** What only the database knows. While it is away these are left out, and `banyan_database_up` is 0. */
function standing(registry: Registry, source: DataSource, deliveries: DeliveryRuntime): void {
  const listeners = () => deliveries.listeners.map(({ name }) => name);
  const ask = remembered(STANDING_FOR_MS, () => standingOf(source, listeners()));
  const perListener = (name: string, help: string, value: (row: Standing) => number) =>
    new Gauge({
      ...{ name, help, labelNames: ['listener'], registers: [registry] },
      async collect() {
        this.reset();
        const rows = await ask().catch(() => undefined);
        if (rows === undefined) return;
        for (const listener of listeners()) this.set({ listener }, 0);
        for (const row of rows) this.set({ listener: row.listener }, value(row));
      },
    });
  perListener('banyan_deliveries_pending', 'Deliveries that wait.', ({ pending }) => pending);
  perListener('banyan_deliveries_dead', 'Deliveries that gave up.', ({ dead }) => dead);
  perListener(
    'banyan_seconds_behind',
    'How long the oldest due delivery has been due.',
    ({ behind }) => behind,
  );
  single(registry, 'banyan_database_up', 'Whether Postgres has answered.', () =>
    ask().then(
      () => 1,
      () => 0,
    ),
  );
}

/** A gauge without labels that is left out while nobody knows its value. */
function single(
  registry: Registry,
  name: string,
  help: string,
  ask: () => Promise<number | undefined>,
): void {
  new Gauge({
    ...{ name, help, registers: [registry] },
    async collect() {
      const value = await ask().catch(() => undefined);
      if (value === undefined) this.remove();
      else this.set(value);
    },
  });
}
