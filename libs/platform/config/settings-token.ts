/** The token under which the settings are injected: `@Inject(SETTINGS) settings: Settings`. */
export const SETTINGS = Symbol('settings');
