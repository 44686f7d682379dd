import { type DynamicModule, Module } from '@nestjs/common';
import type { Settings } from './schema.js';
import { SETTINGS } from './settings-token.js';

/** Gives the settings to every module of an application. */
@Module({})
export class SettingsModule {
  /** @param settings what `loadSettings` answered, or what a test wants. */
  static with(settings: Settings): DynamicModule {
    return {
      module: SettingsModule,
      global: true,
      providers: [{ provide: SETTINGS, useValue: settings }],
      exports: [SETTINGS],
    };
  }
}
