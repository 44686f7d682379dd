import { Check, Column, Entity, PrimaryColumn } from 'typeorm';
import type { RefusalKind } from '#platform/seam';

/** A "no" as it was first given, to be given again. */
export interface KeptRefusal {
  readonly code: string;
  readonly kind: RefusalKind;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** One checkout, by the id that its caller gave it. */
@Entity({ schema: 'checkout', name: 'checkouts' })
@Check('checkouts_state_known', `state in ('running', 'accepted', 'refused')`)
@Check('checkouts_refusal_when_refused', `(state = 'refused') = (refusal is not null)`)
@Check('checkouts_settled_or_running', `(state = 'running') = (settled_at is null)`)
export class CheckoutEntity {
  @PrimaryColumn('text')
  instance_id!: string;

  @Column('integer')
  customer_id!: number;

  @Column('text', { default: 'running' })
  state!: 'running' | 'accepted' | 'refused';

  @Column('json', { nullable: true })
  refusal!: KeptRefusal | null;

  /** Who works on it; another may take over when the lease has run out. */
  @Column('uuid')
  runner!: string;

  @Column('timestamptz')
  leased_until!: Date;

  @Column('timestamptz', { default: () => 'now()' })
  started_at!: Date;

  @Column('timestamptz', { nullable: true })
  settled_at!: Date | null;
}
