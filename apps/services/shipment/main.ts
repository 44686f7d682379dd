import 'reflect-metadata';
import { ShipmentModule } from '#marketplace/shipment/module';
import { runService } from '../run-service.js';

await runService({ name: 'shipment', here: [ShipmentModule], elsewhere: [] });
