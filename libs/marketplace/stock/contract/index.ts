export { StockApi, type StockItem } from './stock.api.js';
export { ReserveStockFailed, StockConfirmed, Unreservable } from './stock.events.js';
export { lessThanReserved, noSuchStock } from './stock.refusals.js';
