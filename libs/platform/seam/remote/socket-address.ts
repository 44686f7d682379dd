import { Bug } from '../bug.js';

/**
 * Where an address of the registry leads: `host:port`, `[IPv6]:port`, or `unix:/path` on the same machine.
 *
 * @throws Bug when it is none of these
 */
export function socketAddress(address: string): { host: string; port: number } | { path: string } {
  if (address.startsWith('unix:/')) return { path: address.slice('unix:'.length) };
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:/]+)):(\d{1,5})$/.exec(address);
  const port = Number(match?.[3]);
  if (match === null || port < 1 || port > 65_535) {
    throw new Bug(`"${address}" is no address for calls: give host:port, [IPv6]:port or unix:/path.`);
  }
  return { host: (match[1] ?? match[2]) as string, port };
}
