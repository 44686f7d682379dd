import type { Rule } from './rule.js';

/** Where the environment may be read, and why: everywhere else settings are injected, typed and checked at the start. */
export interface EnvironmentReader {
  /** A file, or a folder ending in a slash. */
  readonly path: string;
  readonly reason: string;
}

/** One reader of `process.env`, so that a setting has one name, one type, one default and one error message. Specs may. */
export function environment(readers: readonly EnvironmentReader[]): Rule {
  const may = (path: string) =>
    readers.some((each) => (each.path.endsWith('/') ? path.startsWith(each.path) : path === each.path));
  return ({ files }) =>
    files
      .filter((file) => !file.place.spec && !may(file.path))
      .flatMap((file) =>
        file.environment.map((line) => ({
          rule: 'environment',
          file: file.path,
          line,
          says: 'reads process.env.',
          cure: "declare the setting in libs/platform/config and inject the typed settings from '#platform/config'.",
        })),
      );
}
