import { type SettingName, settingNames, settingsSchema } from './schema.js';

/** The text of `.env.example`: every setting with its sentence and its default. A test keeps the file equal to it. */
export function exampleEnv(): string {
  const head =
    '# All settings, with their defaults. Copy to .env what you change; the environment wins over .env.\n';
  return [head, ...settingNames.map((name) => `# ${sentenceOf(name)}\n${name}=${defaultOf(name)}\n`)].join(
    '\n',
  );
}

/** What a setting is for, in one or two sentences. */
export function sentenceOf(name: SettingName): string {
  return settingsSchema.shape[name].description ?? '';
}

/** The default of a setting, as text. */
export function defaultOf(name: SettingName): string {
  const { def } = settingsSchema.shape[name] as {
    def: { type: string; defaultValue?: unknown; in?: { def: unknown } };
  };
  const holder = (def.type === 'pipe' ? def.in?.def : def) as { defaultValue?: unknown };
  return String(holder.defaultValue ?? '');
}
