import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One row of seller.sellers. */
@Entity({ schema: 'seller', name: 'sellers' })
export class SellerRow {
  @PrimaryColumn('integer')
  id!: number;

  @Column('text')
  name!: string;

  @Column('text')
  company_name!: string;

  @Column('text')
  email!: string;

  @Column('text')
  phone!: string;

  @Column('text')
  mobile_phone!: string;

  @Column('text')
  cpf!: string;

  @Column('text')
  cnpj!: string;

  @Column('text')
  address!: string;

  @Column('text')
  complement!: string;

  @Column('text')
  city!: string;

  @Column('text')
  state!: string;

  @Column('text')
  zip_code!: string;
}
