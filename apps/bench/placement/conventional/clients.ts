import type { DynamicModule } from '@nestjs/common';
import { ClientsModule, Transport } from '@nestjs/microservices';

/** Nest's own TCP client to each of some services; addresses come by environment, as `host:port`. */
export function clients(names: readonly string[]): DynamicModule {
  return ClientsModule.register(
    names.map((name) => {
      const [host, port] = (process.env[`${name}_ADDRESS`] ?? '').split(':');
      return { name, transport: Transport.TCP, options: { host, port: Number(port) } };
    }),
  );
}
