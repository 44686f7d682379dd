export { loadSettings, SettingsError } from './load-settings.js';
export type { SettingName, Settings } from './schema.js';
export { SETTINGS } from './settings-token.js';
