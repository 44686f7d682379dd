import type { z } from 'zod';
import type { AnyEventType } from '../events/event.js';
import { Bug } from '../seam/bug.js';
import { callContext, freshContext, hop } from '../telemetry/call-context.js';
import type { SpanBuffer } from '../telemetry/spans/span-buffer.js';
import { EndlessChain, HOP_LIMIT } from './endless-chain.js';
import type { StagedEvent } from './unit.js';

/** NUL and halves of surrogate pairs, as JSON writes them: Postgres' text holds neither. */
const UNSTORABLE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f][0-9a-f]{2})/i;

/**
 * Makes an event ready to be written: whatever can be wrong with it is found here, while its publisher still runs.
 *
 * It gets a span of its own, below what runs, of which everything that follows from it will be below.
 *
 * @param spans where that one is left when no context is around
 * @throws Bug that says what is wrong, and how to mend it
 */
export function stage(module: string, type: AnyEventType, payload: unknown, spans?: SpanBuffer): StagedEvent {
  if (!type.from.includes(module)) {
    throw new Bug(
      `Module "${module}" published ${type.type}, which only ${type.from.join(', ')} may publish: ` +
        `declare an event of your own, or add the module to the event's "from".`,
    );
  }
  const checked = type.schema.safeParse(payload);
  if (!checked.success) {
    const issues = checked.error.issues.map(
      (issue: z.core.$ZodIssue) => `${issue.path.join('.')}: ${issue.message}`,
    );
    throw new Bug(`${type.type} of module "${module}" does not fit its schema: ${issues.join('; ')}`);
  }
  const above = callContext();
  const operation = `publish ${type.type}`;
  const context = above ? hop(above, { operation, module }) : freshContext({ operation, module, spans });
  if (context.hops > HOP_LIMIT) throw new EndlessChain(above?.operation, type.type, context.hops);
  const key = type.key?.(checked.data) ?? null;
  const json = inWords(type, checked.data);
  return { type: type.type, version: type.version, key, json, context, publishedAt: performance.now() };
}

function inWords(type: AnyEventType, payload: unknown): string {
  let json: string;
  try {
    json = JSON.stringify(payload);
  } catch (error) {
    throw new Bug(`${type.type} is not plain data, so it can't be written: ${(error as Error).message}`, {
      cause: error,
    });
  }
  if (UNSTORABLE.test(json)) {
    throw new Bug(
      `${type.type} has a NUL or half a character in a text, which Postgres can't keep: refuse it where it comes in.`,
    );
  }
  return json;
}
