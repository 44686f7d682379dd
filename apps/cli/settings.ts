import { loadSettings, type Settings, SettingsError } from '#platform/config';
import { CommandError, type Terminal } from './terminal.js';

/**
 * The application's settings, as it would read them in the current folder.
 *
 * @throws CommandError that names everything that is wrong with them
 */
export function settingsOf(terminal: Terminal): Settings {
  try {
    return terminal.settings ? loadSettings({ env: terminal.settings, file: '' }) : loadSettings();
  } catch (error) {
    throw error instanceof SettingsError ? new CommandError(error.message, { cause: error }) : error;
  }
}
