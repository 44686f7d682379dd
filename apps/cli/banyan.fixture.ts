import { stripVTControlCharacters } from 'node:util';
import { run } from './run.js';

/** What a command printed and how it ended. */
export interface Ended {
  readonly code: number;
  /** Without colours. */
  readonly out: string;
  readonly raw: string;
  readonly err: string;
}

/** Runs the command in this process, as if its words stood on the command line; a word in quotes may hold spaces. */
export async function banyan(
  words: string,
  where: { settings?: Record<string, string>; folder?: string; width?: number } = {},
): Promise<Ended> {
  let [out, err] = ['', ''];
  const split = [...words.matchAll(/"([^"]*)"|(\S+)/g)].map(
    ([, quoted, plain]) => quoted ?? (plain as string),
  );
  const code = await run(split, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    folder: where.folder ?? process.cwd(),
    settings: where.settings ?? {},
    width: where.width,
  });
  return { code, out: stripVTControlCharacters(out), raw: out, err };
}
