import { DiscoveryService } from '@nestjs/core';
import { Bug } from '../seam/bug.js';
import { mistakesIn } from './declared.js';
import type { AnyEventType } from './event.js';
import { type AnyListenOptions, type ListenMark, listenMarks } from './listens.js';

/** How many lanes an ordinary listener's deliveries are spread over: as many transactions of it can run at once. */
const PARTITIONS = 4;

/** Deliveries that share a transaction under backlog; with no backlog there is one in it. */
const BATCH = 100;

/** Shorter than the time-outs of statements and of transactions that idle, so that a method is told before its connection is lost. */
const DEADLINE_MS = 10_000;

/** Calls to the outside that one lane makes at once. */
const CALLS_AT_ONCE = 8;

/** A declared reaction of a module hosted by this app, ready to be called. */
export interface Listener {
  readonly name: string;
  readonly module: string;
  readonly style: ListenMark['style'];
  readonly options: AnyListenOptions;
  readonly types: readonly AnyEventType[];
  readonly partitions: number;
  /** Deliveries that are taken at once. */
  readonly batch: number;
  /** How long a call of the method may take, in milliseconds. */
  readonly deadlineMs: number;
  /** The marked method, bound to its provider. */
  readonly call: (...args: unknown[]) => Promise<unknown>;
}

/** All events of one listener that are handled one after the other: `listener` and `partition` name it. */
export interface Lane {
  readonly listener: string;
  readonly partition: number;
}

/** Names of the events that a listener hears, and up to which version this code knows each. */
export interface Known {
  readonly types: readonly string[];
  readonly versions: readonly number[];
}

/** What a listener hears. */
export function knownOf(listener: Listener): Known {
  return {
    types: listener.types.map(({ type }) => type),
    versions: listener.types.map(({ version }) => version),
  };
}

/** A lane in one word. */
export function laneName(lane: Lane): string {
  return `${lane.listener}-${lane.partition}`;
}

/** The module whose listener a lane belongs to. */
export function moduleOf(lane: Lane): string {
  return lane.listener.slice(0, lane.listener.indexOf('.'));
}

/**
 * Finds the listeners among the providers of an application.
 *
 * @param modules names of the modules that this app hosts
 * @throws Bug naming every listener that is declared twice or outside its module's name
 */
export function discoverListeners(discovery: DiscoveryService, modules: readonly string[]): Listener[] {
  const found = new Map<string, Listener>();
  const wrong: string[] = [];
  const seen = new Set<unknown>(); // an alias (useExisting) is the same instance under another token
  for (const { instance } of discovery.getProviders()) {
    if (!instance || typeof instance !== 'object' || seen.has(instance)) continue;
    seen.add(instance);
    for (const mark of listenMarks(Object.getPrototypeOf(instance))) {
      const listener = toListener(instance as Record<string, unknown>, mark);
      if (!modules.includes(listener.module)) {
        wrong.push(
          `"${listener.name}" must begin with its module's name and a dot (here: ${modules.join(', ')})`,
        );
      } else if (found.has(listener.name)) {
        wrong.push(`"${listener.name}" is declared twice: a listener's name is unique in the system`);
      }
      wrong.push(...mistakesIn(listener));
      found.set(listener.name, listener);
    }
  }
  for (const { name, options } of found.values()) {
    if (options.was !== undefined && found.has(options.was))
      wrong.push(`"${name}" was "${options.was}", which is declared too: a name has one owner`);
  }
  if (wrong.length > 0) throw new Bug(`Listeners to mend: ${wrong.join('; ')}.`);
  return [...found.values()];
}

function toListener(instance: Record<string, unknown>, mark: ListenMark): Listener {
  const { options } = mark;
  const method = instance[mark.method] as (...args: unknown[]) => Promise<unknown>;
  return {
    name: options.name,
    module: options.name.slice(0, options.name.indexOf('.')),
    style: mark.style,
    options,
    types: (Array.isArray(options.to) ? options.to : [options.to]) as readonly AnyEventType[],
    partitions: options.serial ? 1 : (options.pace?.lanes ?? PARTITIONS),
    batch: options.pace?.batch ?? (mark.style === 'outside' ? CALLS_AT_ONCE : BATCH),
    deadlineMs: options.deadlineMs ?? DEADLINE_MS,
    call: (...args) => method.apply(instance, args),
  };
}
