import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Settings, SettingsError } from '../../config/index.js';

/**
 * What the apps of a system know each other by: the setting, or one that is made once and kept in DATA_DIR, readable by its
 * owner only, so that apps started one by one on a laptop agree.
 *
 * @throws SettingsError in production, where nobody may make one up
 */
export function callSecret(settings: Settings): string {
  if (settings.CALL_SECRET) return settings.CALL_SECRET;
  if (settings.NODE_ENV === 'production') {
    throw new SettingsError([
      'CALL_SECRET is empty in production, so anybody could call the modules of this app',
    ]);
  }
  const file = join(settings.DATA_DIR, 'call-secret');
  mkdirSync(settings.DATA_DIR, { recursive: true });
  try {
    writeFileSync(file, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw error;
  }
  return readFileSync(file, 'utf8');
}
