import { Bug } from '../bug.js';

/**
 * Where an address of the registry leads: `host:port` or `[IPv6]:port`.
 *
 * @throws Bug when it is none of these
 */
export function socketAddress(address: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:/]+)):(\d{1,5})$/.exec(address);
  const port = Number(match?.[3]);
  if (match === null || port < 1 || port > 65_535) {
    throw new Bug(`"${address}" is no address for calls: give host:port or [IPv6]:port.`);
  }
  return { host: (match[1] ?? match[2]) as string, port };
}
