import { originText } from '../telemetry/origin.js';
import type { PlatformLog } from '../telemetry/platform-log.js';
import { EventWriter } from '../work/event-writer.js';
import type { OpenUnit } from '../work/open-unit.js';
import type { StagedEvent } from '../work/unit.js';
import { type EventRow, writeEvents } from './sql/write-events.js';
import type { Waker } from './wake/waker.js';

/** Writes what units of work publish, and wakes the listeners after their commit. */
export class CommittedEvents extends EventWriter {
  constructor(
    private readonly waker: Waker,
    private readonly log: PlatformLog,
  ) {
    super();
  }

  override write(unit: OpenUnit): Promise<() => void> {
    return writeEvents(unit, unit.staged.map(toRow)).then((lanes) => () => this.waker.wake(lanes));
  }

  override report(error: unknown): void {
    this.log.error('What was to follow a commit has failed; the commit stands', { error });
  }
}

function toRow({ type, version, key, json, context }: StagedEvent): EventRow {
  return {
    type,
    version,
    key,
    json,
    traceparent: originText(context),
    conversation: context.conversation ?? null,
    causation: context.causation ?? null,
    hops: context.hops,
  };
}
