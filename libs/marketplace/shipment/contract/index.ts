export { type Package, type PackageStatus, type Shipment, ShipmentApi } from './shipment.api.js';
export { DeliveryNotification, ShipmentNotification, ShipmentStatus } from './shipment.events.js';
export { noSuchShipment, tooManyDeliveries } from './shipment.refusals.js';
