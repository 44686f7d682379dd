export { addContextHooks } from './context-hooks.js';
export { OpenExchanges } from './open-exchanges.js';
