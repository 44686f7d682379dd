import type { SystemName } from './servers/systems.js';

/** What is compared in the chains: a system, and where it is asked. */
export interface Variant {
  readonly name: VariantName;
  readonly system: SystemName;
  /** Whether the request goes to the service itself, past what stands in front of the services. */
  readonly direct: boolean;
  readonly says: string;
}

export type VariantName = 'together' | 'apart' | 'apart, no facade' | 'conventional';

/** In the order of the table. */
export const VARIANTS: readonly Variant[] = [
  { name: 'together', system: 'together', direct: false, says: 'one deployable' },
  { name: 'apart', system: 'apart', direct: false, says: 'every module a service, behind the facade' },
  {
    name: 'apart, no facade',
    system: 'apart',
    direct: true,
    says: 'the same, asked at the service itself, as the conventional version is',
  },
  {
    name: 'conventional',
    system: 'conventional',
    direct: false,
    says: 'Nest microservices over Nest TCP, asked at the service itself',
  },
];
