import type { Job, Worker } from 'bullmq';

/** Parts of a job in Redis that BullMQ parses; it throws where one is no JSON, with the job already taken. */
const PARSED = new Set(['data', 'opts', 'progress', 'parent']);

/** Further parts that would make it do something about a damaged job beside handing it over. */
const BINDING = new Set(['parentKey', 'rjk', 'deid', 'defa']);

/** Where a damaged job is handed over with, in place of what can't be read. */
const GONE_WHEN_DONE = { removeOnComplete: true, removeOnFail: true };

/** What stands in for the data of a job that can't be read. */
export interface Damage {
  /** A sentence. */
  readonly damaged: string;
}

/**
 * Makes a worker hand over jobs that can't be read as jobs with {@link Damage} for data, which go when they are done. Without it the error
 * comes out of BullMQ's own loop: the worker pauses for 15 s, and the job comes back whenever its lock has run out.
 */
export function handOverDamaged<T>(worker: Worker<T>): Worker<T> {
  const { backend } = worker as unknown as { backend: Partial<RedisCommands> };
  const execCommand = backend.execCommand?.bind(backend);
  if (execCommand) {
    backend.execCommand = async (client, command, args) => {
      const reply = await execCommand(client, command, args);
      return command === 'moveToActive' || command === 'moveToFinished' ? readable(reply) : reply;
    };
  }
  const making = worker as unknown as { createJob: MakeJob };
  const createJob = making.createJob.bind(worker);
  making.createJob = (raw, id) => {
    try {
      return createJob(raw, id);
    } catch (error) {
      const data = damage(`it is no job that BullMQ can read (${(error as Error).message})`);
      return createJob({ ...raw, data, opts: GONE_WHEN_DONE }, id);
    }
  };
  return worker;
}

/** The place where BullMQ's backend on Redis gets its scripts' answers from. */
interface RedisCommands {
  execCommand(client: unknown, command: string, args: unknown[]): Promise<unknown>;
}
type MakeJob = (raw: object, id: string) => Job;

/** @param reply of a script that takes a job: its fields and values in turn, and what else it answers */
function readable(reply: unknown): unknown {
  if (!Array.isArray(reply) || !Array.isArray(reply[0])) return reply;
  const [fields, ...rest] = reply as [string[], ...unknown[]];
  const broken: string[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [name, value] = fields.slice(at, at + 2) as [string, string];
    if (PARSED.has(name) && !parses(name, value)) broken.push(name);
  }
  if (broken.length === 0) return reply;
  const data = damage(`no JSON in its ${broken.join(' and ')}`);
  const sound = ['data', data, 'opts', JSON.stringify(GONE_WHEN_DONE)];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [name, value] = fields.slice(at, at + 2) as [string, string];
    if (!PARSED.has(name) && !BINDING.has(name)) sound.push(name, value);
  }
  return [sound, ...rest];
}

function parses(name: string, value: string): boolean {
  if (value === '') return true; // BullMQ takes it for nothing
  try {
    const parsed: unknown = JSON.parse(value);
    return name !== 'opts' || (typeof parsed === 'object' && parsed !== null);
  } catch {
    return false;
  }
}

function damage(damaged: string): string {
  return JSON.stringify({ damaged } satisfies Damage);
}
