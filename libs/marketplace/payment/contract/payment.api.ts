/** How a customer can pay. */
export type PaymentType = 'CREDIT_CARD' | 'DEBIT_CARD' | 'BOLETO';

/**
 * A way to pay, as the checkout hands it over. It never enters an event or a log; the card's security code is
 * not asked for.
 */
export interface PaymentMethod {
  /** Id of the checkout: handing over the method of one checkout again answers the same. */
  readonly tid: string;
  readonly customerId: number;
  readonly type: PaymentType;
  /** Card number; ignored for BOLETO. */
  readonly number: string;
  readonly holderName: string;
  /** `MMyy`. */
  readonly expiration: string;
  readonly brand: string;
  /** Counted only for CREDIT_CARD; 1 otherwise. */
  readonly installments: number;
}

/** One line of a payment: the money (sequential 1), or a voucher that made the order cheaper. */
export interface PaymentLine {
  readonly customer_id: number;
  readonly order_id: number;
  readonly sequential: number;
  readonly type: PaymentType | 'VOUCHER';
  readonly installments: number;
  readonly value: number;
  readonly status: 'succeeded' | 'requires_payment_method' | 'canceled' | null;
  readonly created_at: string;
  /** Card of a card line; its number shows only the last four digits. */
  readonly card: PaymentCard | null;
}

/** The card of a payment line. */
export interface PaymentCard {
  readonly card_number: string;
  readonly card_holder_name: string;
  readonly card_expiration: string;
  readonly card_brand: string;
}

/** What others may ask of payment. */
export abstract class PaymentApi {
  /**
   * Keeps a way to pay until it is charged, and answers with what stands for it in events. Idempotent by
   * `tid`: the first method of a checkout stays.
   */
  abstract keepMethod(method: PaymentMethod): Promise<{ reference: string }>;

  /**
   * The lines paid, or tried to be paid, for an order.
   *
   * @throws Refusal `payment.unknown`
   */
  abstract find(customerId: number, orderId: number): Promise<PaymentLine[]>;

  /** Back to the start of a benchmark run: no payments. */
  abstract reset(): Promise<void>;

  /** Forgets everything. */
  abstract cleanup(): Promise<void>;
}
