import { Controller, Injectable, Module } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { InjectRepository } from '@nestjs/typeorm';
import { Column, Entity, PrimaryColumn, Repository } from 'typeorm';
import { database } from '../database.js';

/** Only what is asked for: an ordinary entity would fetch the descriptions too. */
@Entity({ schema: 'product', name: 'products' })
class Product {
  @PrimaryColumn('integer') seller_id!: number;
  @PrimaryColumn('integer') product_id!: number;
  @Column('numeric', { precision: 12, scale: 2 }) price!: string;
  @Column('text') version!: string;
}

/** A line as the cart holds it. */
export interface Line {
  sellerId: number;
  productId: number;
}

/** What product knows of it. */
export interface Fact extends Line {
  price: number;
  version: string;
}

@Injectable()
class ProductService {
  constructor(@InjectRepository(Product) private readonly products: Repository<Product>) {}

  /** Today's price of every line, in one query. */
  async current(lines: Line[]): Promise<Fact[]> {
    const rows = await this.products.find({
      where: lines.map((line) => ({ seller_id: line.sellerId, product_id: line.productId })),
    });
    return rows.map((row) => ({
      sellerId: row.seller_id,
      productId: row.product_id,
      price: Number(row.price),
      version: row.version,
    }));
  }
}

@Controller()
class ProductController {
  constructor(private readonly products: ProductService) {}

  @MessagePattern('product.current')
  current(@Payload() lines: Line[]) {
    return this.products.current(lines);
  }
}

@Module({
  imports: database([Product]),
  controllers: [ProductController],
  providers: [ProductService],
})
export class ProductModule {}
