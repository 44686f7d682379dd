export { findPostgres, type PostgresOptions, type RunningPostgres, startPostgres } from './postgres.js';
export { findRedis, type RedisOptions, type RedisProgram, type RunningRedis, startRedis } from './redis.js';
