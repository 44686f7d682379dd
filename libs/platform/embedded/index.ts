export { findPostgres, type PostgresOptions, type RunningPostgres, startPostgres } from './postgres.js';
export { type RedisOptions, type RunningRedis, startRedis } from './redis.js';
