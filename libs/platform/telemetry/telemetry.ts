import type { AppLog } from './log.js';
import { OtlpSink } from './otlp/otlp-sink.js';
import { watchOutgoing } from './spans/outgoing.js';
import { SpanBuffer } from './spans/span-buffer.js';
import { Collector } from './store/collector.js';
import { LineBuffer } from './store/line-buffer.js';
import { Losses } from './store/losses.js';
import { PostgresSink } from './store/postgres-sink.js';
import { Sampling } from './store/sampling.js';
import type { Sink } from './store/sink.js';

/** What an app is told about what it keeps of itself. */
export interface TelemetrySettings {
  readonly TELEMETRY_STORE: boolean;
  readonly TELEMETRY_DATABASE_URL: string;
  readonly DATABASE_URL: string;
  readonly TELEMETRY_MAX_MB: number;
  readonly TELEMETRY_MAX_DAYS: number;
  readonly TELEMETRY_KEEP_PERCENT: number;
  readonly TELEMETRY_SLOW_MS: number;
  readonly OTEL_EXPORTER_OTLP_ENDPOINT: string;
  readonly OTEL_EXPORTER_OTLP_HEADERS: string;
  readonly COMMIT: string;
}

/** What an app keeps of itself, its spans and its lines, and where. */
export class Telemetry {
  /** Where hops leave their spans; undefined when nobody keeps them. */
  readonly spans: SpanBuffer | undefined;
  private readonly lines = new LineBuffer();
  private readonly losses: Losses;
  private readonly collector: Collector | undefined;
  private readonly sampling: Sampling | undefined;
  /** Whether each of those who keep has last taken what it was given, and how that was said. */
  private readonly works: { works?: boolean; sentence: string }[] = [];

  /**
   * Begins to keep what the settings say: at once, while the app still starts.
   *
   * @param version of the application
   */
  constructor(
    settings: TelemetrySettings,
    private readonly log: AppLog,
    version: string,
  ) {
    this.losses = new Losses(log);
    const sampling = samplingOf(settings);
    this.sampling = sampling;
    const sinks = this.sinksOf(settings, version, sampling);
    if (sinks.length === 0) return;
    this.spans = new SpanBuffer();
    watchOutgoing();
    log.alsoTo((line) => this.lines.add(line));
    this.collector = new Collector({
      spans: this.spans,
      lines: this.lines,
      sinks,
      losses: this.losses,
      sampling,
    });
  }

  /** Spans and lines that were lost since the start. */
  get lost(): Losses['total'] {
    return this.losses.total;
  }

  /** Spans and lines that sampling has left out since the start. */
  get leftOut(): number {
    return this.sampling?.leftOut ?? 0;
  }

  /** Whether what is kept arrives where it is kept; undefined: nothing is kept, or it is not known yet. */
  get kept(): boolean | undefined {
    if (this.troubles.length > 0) return false;
    return this.works.at(-1)?.works;
  }

  /** What is not kept and why, a sentence for each of those who keep that does not answer. */
  get troubles(): readonly string[] {
    return this.works.filter(({ works }) => works === false).map(({ sentence }) => sentence);
  }

  /** Resolves once all that waits now is kept or lost. */
  async flush(): Promise<void> {
    await this.collector?.flush();
  }

  /** Hands over what is left. @param deadlineMs in milliseconds */
  async close(deadlineMs: number): Promise<void> {
    await this.collector?.close(deadlineMs);
  }

  private sinksOf(settings: TelemetrySettings, version: string, sampling: Sampling | undefined): Sink[] {
    const { app, instance } = this.log.writer;
    const source = { app, instance, version, commit: settings.COMMIT };
    const sinks: Sink[] = [];
    const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_HEADERS: headers } = settings;
    if (endpoint !== '') sinks.push(new OtlpSink({ endpoint, headers, source }, this.teller()));
    const url = settings.TELEMETRY_DATABASE_URL || settings.DATABASE_URL;
    if (!settings.TELEMETRY_STORE || url === '') return sinks;
    const limits = { bytes: settings.TELEMETRY_MAX_MB * 1024 * 1024, days: settings.TELEMETRY_MAX_DAYS };
    const store = new PostgresSink({ url, source, limits, losses: this.losses, sampling }, this.teller());
    store.open();
    return [...sinks, store];
  }

  /** Says when somebody who keeps comes or goes, each time once. */
  private teller(): (works: boolean, sentence: string) => void {
    const state: (typeof this.works)[number] = { sentence: '' };
    this.works.push(state);
    return (works, sentence) => {
      const before = state.works;
      Object.assign(state, { works, sentence });
      if (works === before) return;
      if (!works) this.log.warn(sentence);
      else if (before !== undefined) this.log.info(sentence);
    };
  }
}

function samplingOf(settings: TelemetrySettings): Sampling | undefined {
  const { TELEMETRY_KEEP_PERCENT: keepPercent, TELEMETRY_SLOW_MS: slowMs } = settings;
  return keepPercent === 100 ? undefined : new Sampling({ keepPercent, slowMs });
}
