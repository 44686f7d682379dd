import type { Batch, Sink } from '../store/sink.js';
import { resourceOf, toLogRecord, toOtel } from './open-telemetry.js';

/** How long the collector may take for a batch, in ms. */
const WITHIN_MS = 5_000;
/** How long one that failed is left alone, in ms: batches are lost meanwhile instead of piling up. */
const REST_MS = 2_000;

/** Where the user's collector is. */
export interface OtlpOptions {
  /** As OTEL_EXPORTER_OTLP_ENDPOINT: `/v1/traces` and `/v1/logs` are added. */
  readonly endpoint: string;
  /** As OTEL_EXPORTER_OTLP_HEADERS: `name=value,name=value`. */
  readonly headers: string;
  readonly source: { app: string; instance: string; version: string; commit: string };
}

/** The user's own collector, over OTLP/HTTP with protobuf, put into words by OpenTelemetry's own serializers. */
export class OtlpSink implements Sink {
  readonly name = 'the collector';
  readonly #base: string;
  readonly #headers: Record<string, string>;
  readonly #resource: ReturnType<typeof resourceOf>;
  /** Loaded with the first sink: an app without a collector starts without it. */
  readonly #serializers = import('@opentelemetry/otlp-transformer');
  #restsUntil = 0;

  /** @param told told when the collector comes or goes, with a sentence for people */
  constructor(
    options: OtlpOptions,
    private readonly told: (works: boolean, sentence: string) => void,
  ) {
    this.#base = options.endpoint.replace(/\/+$/, '');
    this.#headers = { 'content-type': 'application/x-protobuf', ...headersOf(options.headers) };
    this.#resource = resourceOf(options.source);
  }

  get ready(): boolean {
    return performance.now() >= this.#restsUntil;
  }

  async take({ spans, lines }: Batch): Promise<void> {
    try {
      const { ProtobufTraceSerializer, ProtobufLogsSerializer } = await this.#serializers;
      await Promise.all([
        spans.length > 0 &&
          this.#send(
            '/v1/traces',
            ProtobufTraceSerializer.serializeRequest(
              spans.map((span) => toOtel(span, this.#resource)) as never,
            ),
          ),
        lines.length > 0 &&
          this.#send(
            '/v1/logs',
            ProtobufLogsSerializer.serializeRequest(
              lines.map((line) => toLogRecord(line, this.#resource)) as never,
            ),
          ),
      ]);
      this.told(true, 'Lines and spans reach the collector');
    } catch (error) {
      this.#restsUntil = performance.now() + REST_MS;
      const why = (error as Error).cause ?? error;
      this.told(
        false,
        `Lines and spans do not reach the collector (${(why as Error).message}); it is tried again`,
      );
      throw error;
    }
  }

  async close(): Promise<void> {}

  async #send(path: string, body: Uint8Array | undefined): Promise<void> {
    const answer = await fetch(`${this.#base}${path}`, {
      method: 'POST',
      headers: this.#headers,
      body: body as Uint8Array<ArrayBuffer>,
      signal: AbortSignal.timeout(WITHIN_MS),
    });
    await answer.body?.cancel();
    if (!answer.ok) throw new Error(`it answered ${answer.status}`);
  }
}

function headersOf(text: string): Record<string, string> {
  const pairs = text.split(',').flatMap((pair) => {
    const at = pair.indexOf('=');
    return at > 0
      ? [[pair.slice(0, at).trim().toLowerCase(), decodeURIComponent(pair.slice(at + 1).trim())]]
      : [];
  });
  return Object.fromEntries(pairs);
}
