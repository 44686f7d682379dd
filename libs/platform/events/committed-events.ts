import { Bug } from '../seam/bug.js';
import { formatTraceparent } from '../telemetry/call-context.js';
import { EventWriter } from '../work/event-writer.js';
import type { OpenUnit } from '../work/open-unit.js';
import type { StagedEvent } from '../work/unit.js';
import { type EventRow, writeEvents } from './sql/write-events.js';
import type { Waker } from './wake/waker.js';

/** Deliveries in one chain of causes before it is taken for a loop. */
const HOP_LIMIT = 32;

/** Writes what units of work publish, and wakes the listeners after their commit. */
export class CommittedEvents extends EventWriter {
  constructor(private readonly waker: Waker) {
    super();
  }

  override async write(unit: OpenUnit): Promise<() => void> {
    const lanes = await writeEvents(unit, unit.staged.map(toRow));
    return () => this.waker.wake(lanes);
  }
}

function toRow({ type, payload, context }: StagedEvent): EventRow {
  if (context.hops > HOP_LIMIT) {
    throw new Bug(
      `Events chase each other: "${context.operation}" publishes ${type.type} ${context.hops} deliveries after the request ` +
        `that began it. Break the circle, by a listener that skips what it has caused itself.`,
    );
  }
  return {
    type: type.type,
    version: type.version,
    key: type.key?.(payload) ?? null,
    payload,
    traceparent: formatTraceparent(context.trace),
    conversation: context.conversation ?? null,
    causation: context.causation ?? null,
    hops: context.hops,
  };
}
