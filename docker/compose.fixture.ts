import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Ajv, type ErrorObject } from 'ajv';
import { parse } from 'yaml';
import { ROOT } from './container.fixture.js';

/** A part of a compose file. */
export type Tree = { readonly [name: string]: unknown };

/** A service as the tests look at it: merged and interpolated. */
export interface Service {
  readonly image?: string;
  readonly build?: {
    readonly context: string;
    readonly dockerfile: string;
    readonly args: { readonly APP: string };
  };
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly command?: string;
  readonly ports?: readonly string[];
  readonly [name: string]: unknown;
}

/** Variables of the shell that calls `docker compose`. */
export type Variables = Readonly<Record<string, string>>;

/**
 * Reads compose files as `docker compose -f first -f second` does: parses, interpolates, merges.
 *
 * @throws {Error} with the file's own sentence when a variable that must be set is missing
 */
export function readCompose(files: readonly string[], variables: Variables): Tree {
  return files.map((file) => interpolate(parseCompose(file), variables) as Tree).reduce(merge);
}

/** The services of some compose files. */
export function servicesOf(files: readonly string[], variables: Variables): Record<string, Service> {
  return readCompose(files, variables)['services'] as Record<string, Service>;
}

/** One compose file, with its anchors resolved and nothing else done. */
export function parseCompose(file: string): Tree {
  return parse(readFileSync(join(ROOT, 'docker', file), 'utf8'), { merge: true }) as Tree;
}

/** What the JSON schema of the compose specification has against a file. The schema comes with the linter dclint, 3.1.0. */
export function violationsOf(compose: Tree): string[] {
  const schema = JSON.parse(
    readFileSync(
      join(dirname(require.resolve('dclint/package.json')), 'schemas/compose.schema.json'),
      'utf8',
    ),
  ) as Tree;
  const ajv = new Ajv({
    strict: false,
    allErrors: true,
    formats: { ports: PORTS, expose: PORTS, duration: DURATION },
  });
  const { $schema, ...rules } = schema; // ajv knows its dialect, draft 7, by the http address only
  const validate = ajv.compile(rules);
  validate(compose);
  return (validate.errors ?? []).map((each: ErrorObject) => `${each.instancePath} ${each.message}`);
}

const PORTS = /^(?:[\d.]+:)?(?:\d+:)?\d+(?:\/(?:tcp|udp))?$/;
const DURATION = /^(?:\d+(?:us|ms|s|m|h))+$/;

/** Fills in `${NAME}`, `${NAME:-default}` and `${NAME:?sentence}` as Compose does. */
function interpolate(node: unknown, variables: Variables): unknown {
  if (typeof node === 'string') {
    return node.replace(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_, name: string, kind?: string, text = '') => {
      if (variables[name]) return variables[name];
      if (kind === '?') throw new Error(`required variable ${name} is missing a value: ${text}`);
      return kind === '-' ? text : '';
    });
  }
  if (Array.isArray(node)) return node.map((each) => interpolate(each, variables));
  if (node === null || typeof node !== 'object') return node;
  return Object.fromEntries(Object.entries(node).map(([name, each]) => [name, interpolate(each, variables)]));
}

/** Merges by the specification's rules: mappings by name, sequences one after the other, the rest by replacing. */
function merge(base: Tree, over: Tree): Tree {
  const merged: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(over)) {
    const below = merged[name];
    if (Array.isArray(below) && Array.isArray(value)) merged[name] = [...below, ...value];
    else if (isTree(below) && isTree(value)) merged[name] = merge(below, value);
    else merged[name] = value;
  }
  return merged;
}

function isTree(value: unknown): value is Tree {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
