import { basename } from 'node:path';
import { type Settings, secretNames, settingsSchema } from './schema.js';
import { type Found, readEnvFile, type Texts, take, unknownNames } from './sources.js';

/** The settings are wrong. The message is for people: show it without a stack, and exit with a code that is not 0. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';

  constructor(readonly problems: readonly string[]) {
    const cure = 'Mend the environment or .env; .env.example lists all settings.';
    super(
      problems.length === 1
        ? `${problems[0]}${/[.?]$/.test(problems[0] ?? '') ? '' : '.'} ${cure}`
        : `${problems.length} settings are wrong:\n${problems.map((each) => `  ${each}`).join('\n')}\n${cure}`,
    );
  }
}

/**
 * Reads the settings: the environment first, then the file, then the defaults. This is the only place where the
 * environment is read. A name that is no setting stops the start when it stands in the file; the environment is full of others' names.
 *
 * @param options.env default: the environment of the process.
 * @param options.file default `.env` in the current folder; a missing file is no error, '' reads none.
 * @throws SettingsError that names everything that is wrong at once, without the values of secrets.
 */
export function loadSettings(options: { env?: Texts; file?: string } = {}): Settings {
  const file = options.file ?? '.env';
  const problems: string[] = [];
  const fromFile = readEnvFile(file);
  problems.push(...unknownNames(fromFile, basename(file)));
  const found = new Map([
    ...take(fromFile, basename(file), problems),
    ...take(options.env ?? process.env, 'the environment', problems),
  ]);
  const texts = Object.fromEntries([...found].map(([name, { text }]) => [name, text]));
  const parsed = settingsSchema.safeParse(texts);
  for (const issue of parsed.error?.issues ?? [])
    problems.push(sentence(String(issue.path[0]), issue.message, found));
  if (problems.length > 0 || !parsed.success) throw new SettingsError(problems);
  return Object.freeze(parsed.data);
}

function sentence(name: string, rule: string, found: ReadonlyMap<string, Found>): string {
  const { text, from } = found.get(name) ?? { text: '', from: 'the environment' };
  const secret = secretNames.some((each) => each === name);
  return `${name} ${rule}${secret ? '' : `, not "${text}"`} (from ${from})`;
}
