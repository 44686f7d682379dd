import type { ServerResponse } from 'node:http';
import { isEventStream } from './exchange.js';

/** The requests to the modules of this app that it answers itself: how many it has begun and failed, and those under way. */
export class RequestCounts {
  private readonly begun = new Map<string, number>();
  private readonly broken = new Map<string, number>();
  private readonly open = new Map<ServerResponse, string>();

  /** Counts a request in, and out when its answer is over. */
  begin(module: string, response: ServerResponse): void {
    add(this.begun, module);
    this.open.set(response, module);
    response.once('close', () => {
      this.open.delete(response);
      if (response.statusCode >= 500) add(this.broken, module);
    });
  }

  /** Begun since the start, per module. */
  get answered(): ReadonlyMap<string, number> {
    return this.begun;
  }

  /** Answered 5xx since the start, per module. */
  get failed(): ReadonlyMap<string, number> {
    return this.broken;
  }

  /** Under way now, per module; without streams of events, which have no end of their own. */
  underWay(): ReadonlyMap<string, number> {
    const found = new Map<string, number>();
    for (const [response, module] of this.open) if (!isEventStream(response)) add(found, module);
    return found;
  }
}

function add(counts: Map<string, number>, module: string): void {
  counts.set(module, (counts.get(module) ?? 0) + 1);
}
