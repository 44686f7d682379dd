import { type ArgumentMetadata, BadRequestException, Injectable, type PipeTransform } from '@nestjs/common';
import { scrubText } from '../../telemetry/scrub.js';

/** One place of the input that was refused. */
export interface InputError {
  /** Which part of the request. */
  readonly in: 'body' | 'query' | 'path' | 'request';
  /** Where in it: `items[2].quantity`; empty for the part as a whole. */
  readonly path: string;
  readonly message: string;
}

/** The input of a request does not fit its schema. */
export class InvalidInput extends BadRequestException {
  constructor(readonly errors: readonly InputError[]) {
    const sentences = errors.map(({ path, message }) => (path ? `${path}: ${message}` : message));
    super(sentences);
    this.message = sentences.join('; '); // for the log; Nest would call every one of them 'Invalid Input'
  }
}

/** More places than this are not listed: whoever sends a million wrong items needs no million errors. */
const MAX_ERRORS = 20;

const PARTS = { body: 'body', rawBody: 'body', query: 'query', param: 'path', custom: 'request' } as const;

/**
 * Checks what controllers take by `@Body({ schema })`, `@Param(name, { schema })`, `@Query({ schema })` against that schema
 * (any Standard Schema; ours are zod's) and hands over what the schema makes of it. Fields that a schema does not know
 * are ignored, unless it says otherwise. Nest's own pipe does the same, but forgets where an error is.
 */
@Injectable()
export class SchemaPipe implements PipeTransform {
  async transform(value: unknown, { schema, type, data }: ArgumentMetadata): Promise<unknown> {
    if (!schema) return value;
    const result = await schema['~standard'].validate(value);
    if (!result.issues) return result.value;
    const errors = result.issues.slice(0, MAX_ERRORS).map((issue) => ({
      in: PARTS[type as keyof typeof PARTS] ?? 'request',
      path: scrubText(pathOf(issue, data)),
      message: scrubText(issue.message),
    }));
    throw new InvalidInput(errors);
  }
}

interface Issue {
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

function pathOf(issue: Issue, argument: string | undefined): string {
  const keys = (issue.path ?? []).map((segment) => (typeof segment === 'object' ? segment.key : segment));
  return keys.reduce<string>((path, key) => {
    if (typeof key === 'number') return `${path}[${key}]`;
    return path ? `${path}.${String(key)}` : String(key);
  }, argument ?? '');
}
