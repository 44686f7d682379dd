import { Module } from '@nestjs/common';
import { StorefrontEdge } from './storefront.edge.js';

/** The storefront and the seller's dashboard, as pages. */
@Module({ controllers: [StorefrontEdge] })
export class StorefrontModule {}
