import { originText } from '../telemetry/origin.js';
import type { PlatformLog } from '../telemetry/platform-log.js';
import { EventWriter, type Writing } from '../work/event-writer.js';
import type { OpenUnit } from '../work/open-unit.js';
import type { StagedEvent } from '../work/unit.js';
import type { Audience } from './audience.js';
import { type EventRow, lanesOf, writeEvent, writeEvents, writtenOf } from './sql/write-events.js';
import type { Waker } from './wake/waker.js';

/** Writes what units of work publish, and wakes the listeners after their commit. */
export class CommittedEvents extends EventWriter {
  constructor(
    private readonly waker: Waker,
    private readonly audience: Audience,
    private readonly log: PlatformLog,
  ) {
    super();
  }

  override write({ module, staged }: OpenUnit): Writing {
    const [first, ...others] = staged.map(toRow);
    if (first && others.length === 0) return this.writeOne(module, first);
    const statements = writeEvents(module, staged.map(toRow));
    return { statements, committed: (answers) => this.waker.wake(lanesOf(answers)) };
  }

  override report(error: unknown): void {
    this.log.error('What was to follow a commit has failed; the commit stands', { error });
  }

  private writeOne(module: string, event: EventRow): Writing {
    return {
      statements: writeEvent(module, event),
      committed: (answers) =>
        this.audience.lanes(event.type, writtenOf(answers), (lanes) => this.waker.wake(lanes)),
    };
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
