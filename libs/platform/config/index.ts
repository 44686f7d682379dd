export { loadSettings, SettingsError } from './load-settings.js';
export type { SettingName, Settings } from './schema.js';
export { SETTINGS, SettingsModule } from './settings.module.js';
