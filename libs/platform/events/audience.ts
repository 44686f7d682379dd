import type { Lane } from './listener.js';
import { readAudience, type Source, type Told } from './sql/read-audience.js';
import type { Written } from './sql/write-events.js';

/** What was read longer ago is read again before it is relied on, in milliseconds. */
const FRESH_MS = 1_000;

/**
 * Knows who is told of which event, so that lanes can be woken without asking who was. It decides nothing: deliveries are made by what
 * stands in Postgres at that moment. A lane that is not woken because it did not know better is found by the sweep.
 */
export class Audience {
  private byType = new Map<string, Told[]>();
  private readAt = Number.NEGATIVE_INFINITY;
  private reading: Promise<void> | undefined;

  constructor(private readonly source: Source) {}

  /**
   * Names the lanes that got a delivery of an event: at once as far as it is known, and again where it turns out that others did.
   *
   * @param wake told of lanes; at most twice
   */
  lanes(type: string, written: Written, wake: (lanes: readonly Lane[]) => void): void {
    const known = this.known(type, written);
    if (known.length > 0) wake(known);
    const fresh = performance.now() - this.readAt < FRESH_MS;
    if (fresh && known.length === written.told) return;
    this.read().then(
      () => {
        const more = this.known(type, written).filter((lane) => !known.some((other) => same(lane, other)));
        if (more.length > 0) wake(more);
      },
      () => undefined, // the sweep finds them
    );
  }

  private known(type: string, { id, hash }: Written): Lane[] {
    const told = this.byType.get(type) ?? [];
    return told.map(({ listener, ordered, partitions }) => ({
      listener,
      partition: (ordered && hash !== null ? hash : id) % partitions,
    }));
  }

  /** Once for all who ask meanwhile: but for who asks later than it began, it may have come too early. */
  private read(): Promise<void> {
    this.reading ??= this.readNow().finally(() => {
      this.reading = undefined;
    });
    return this.reading;
  }

  private async readNow(): Promise<void> {
    const began = performance.now();
    const told = await readAudience(this.source);
    const byType = new Map<string, Told[]>();
    for (const each of told) byType.set(each.type, [...(byType.get(each.type) ?? []), each]);
    this.byType = byType;
    this.readAt = began;
  }
}

function same(lane: Lane, other: Lane): boolean {
  return lane.listener === other.listener && lane.partition === other.partition;
}
