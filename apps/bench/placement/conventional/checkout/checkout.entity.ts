import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity({ schema: 'conventional', name: 'checkouts' })
export class Checkout {
  @PrimaryColumn('text') instance_id!: string;
  @Column('integer') customer_id!: number;
  @Column('text') state!: 'running' | 'accepted' | 'refused';
}

/** Its table, which is simpler than ours: it has no runner and no lease, so a checkout that died stays so. */
export const CHECKOUTS = `
create schema conventional;
create table conventional.checkouts (
  instance_id text primary key,
  customer_id integer not null,
  state text not null check (state in ('running', 'accepted', 'refused')),
  started_at timestamptz not null default now()
) with (fillfactor = 70)`;
