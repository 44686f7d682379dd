import { Fields, judged } from './fields.js';
import { hopByHop } from './hop-by-hop.js';

/**
 * The fields of an answer as they go back to the client, names and values in turn. Content-Length passes; where there is
 * none, Node frames the body as the client's version of HTTP wants it.
 */
export function answerHead(rawHeaders: readonly string[]): string[] {
  const fields = new Fields(rawHeaders);
  const dropped = hopByHop(fields);
  const headers: string[] = [];
  fields.names.forEach((name, at) => {
    if (!dropped(judged(name))) headers.push(fields.spelling(at), fields.value(at));
  });
  return headers;
}
