export { EMPTY, MIGRATED, type TestDatabase, testDatabase, testTemplate } from './servers/test-database.js';
export { type TestRedis, testRedis } from './servers/test-redis.js';
export {
  type Answer,
  type Backend,
  type RunningModules,
  type StartOptions,
  startModules,
} from './start-modules.js';
