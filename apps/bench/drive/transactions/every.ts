import type { TransactionName } from '../mix.js';
import type { Transaction } from '../stage.js';
import { queryDashboard, updateDelivery } from './answered.js';
import { customerSession } from './customer-session.js';
import { priceUpdate, replaceProduct } from './seller-update.js';

/** Every transaction by its name. */
export const EVERY_TRANSACTION: Readonly<Record<TransactionName, Transaction>> = {
  CUSTOMER_SESSION: customerSession,
  QUERY_DASHBOARD: queryDashboard,
  PRICE_UPDATE: priceUpdate,
  UPDATE_PRODUCT: replaceProduct,
  UPDATE_DELIVERY: updateDelivery,
};
