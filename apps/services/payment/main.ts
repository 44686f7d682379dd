import 'reflect-metadata';
import { PaymentModule } from '#marketplace/payment/module';
import { runService } from '../run-service.js';

await runService({ name: 'payment', here: [PaymentModule], elsewhere: [] });
