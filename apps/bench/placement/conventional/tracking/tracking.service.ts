import { Inject, Injectable, NotFoundException } from '@nestjs/common';
import { ClientProxy } from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';

interface Order {
  status: string;
}
interface PaymentLine {
  type: string;
  status: string | null;
}
interface Shipment {
  package_count: number;
  packages: { status: string }[];
}

@Injectable()
export class TrackingService {
  constructor(
    @Inject('ORDER') private readonly orders: ClientProxy,
    @Inject('PAYMENT') private readonly payments: ClientProxy,
    @Inject('SHIPMENT') private readonly shipments: ClientProxy,
  ) {}

  /** Where an order is; the three are asked at the same time. */
  async track(customerId: number, orderId: number) {
    const which = { customerId, orderId };
    const [order, payment, shipment] = await Promise.all([
      firstValueFrom(this.orders.send<Order | null>('order.find', which)),
      firstValueFrom(this.payments.send<PaymentLine[] | null>('payment.find', which)),
      firstValueFrom(this.shipments.send<Shipment | null>('shipment.find', which)),
    ]);
    if (!order) throw new NotFoundException(`Customer ${customerId} has no order ${orderId}.`);
    const delivered = shipment?.packages.filter((parcel) => parcel.status === 'delivered').length ?? 0;
    return {
      customerId,
      orderId,
      summary: summaryOf(order, payment, shipment, delivered),
      order,
      payment: payment ? { state: 'settled', lines: payment } : { state: 'pending' },
      shipment: shipment ? { state: 'known', delivered, shipment } : { state: 'pending' },
    };
  }
}

function summaryOf(
  order: Order,
  payment: PaymentLine[] | null,
  shipment: Shipment | null,
  delivered: number,
): string {
  if (shipment) {
    const { package_count: all } = shipment;
    if (delivered === all) return 'Delivered: all packages have arrived.';
    if (delivered > 0) return `On the way: ${delivered} of ${all} packages have arrived.`;
    return `On the way: ${all} ${all === 1 ? 'package has' : 'packages have'} left.`;
  }
  const money = payment?.find((line) => line.type !== 'VOUCHER');
  if (order.status === 'PAYMENT_FAILED' || (money && money.status !== 'succeeded')) {
    return 'The payment failed: nothing was charged, and nothing will be sent.';
  }
  return money ? 'Paid: the packages are being made ready.' : 'Invoiced: waiting for the payment.';
}
