import type { DynamicModule, Type } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';

/** TypeORM as its documentation sets it up; the pool is as large as that of every other process of the benchmark. */
export function database(entities: Type[]): DynamicModule[] {
  const root = TypeOrmModule.forRoot({
    type: 'postgres',
    url: process.env['DATABASE_URL'],
    poolSize: Number(process.env['DATABASE_POOL']),
    autoLoadEntities: true,
    synchronize: false,
    installExtensions: false,
  });
  return [root, TypeOrmModule.forFeature(entities)];
}
