import { Controller, Get, Module, Param } from '@nestjs/common';
import { z } from 'zod';
import { clients } from '../clients.js';
import { TrackingService } from './tracking.service.js';

const Id = z.coerce.number().pipe(z.int32().positive());

@Controller('tracking')
class TrackingController {
  constructor(private readonly tracking: TrackingService) {}

  @Get(':customerId/:orderId')
  track(
    @Param('customerId', { schema: Id }) customerId: number,
    @Param('orderId', { schema: Id }) orderId: number,
  ) {
    return this.tracking.track(customerId, orderId);
  }
}

@Module({
  imports: [clients(['ORDER', 'PAYMENT', 'SHIPMENT'])],
  controllers: [TrackingController],
  providers: [TrackingService],
})
export class TrackingModule {}
