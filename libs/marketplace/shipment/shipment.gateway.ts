import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { text } from '#marketplace/text';
import { SETTINGS, type Settings } from '#platform/config';
import { Bug, Fault } from '#platform/seam';

/** What a carrier is asked to carry, and where to. */
export interface Consignment {
  /** Idempotency key: the carrier books once per key, however often it is asked. */
  readonly bookingKey: string;
  readonly packages: number;
  readonly recipient: string;
  readonly street: string;
  readonly complement: string;
  readonly zip_code: string;
  readonly city: string;
  readonly state: string;
}

/** What a carrier says. */
export type CarrierAnswer =
  | { readonly status: 'booked'; readonly carrierId: string }
  | { readonly status: 'refused'; readonly reason: string };

const Booked = z.object({ id: text(200).min(1) });
/** A refusal is an answer, whatever became of its reason. */
const Refused = z.object({ reason: text(1_000) }).catch({ reason: 'no reason given' });

/** A carrier that is silent for longer is asked again later; its idempotency key makes that harmless. */
const PATIENCE_MS = 5_000;

/** The carrier, over HTTP: `POST /bookings`. Without `CARRIER_URL` the shop carries its parcels itself. */
@Injectable()
export class CarrierGateway {
  constructor(@Inject(SETTINGS) private readonly settings: Settings) {}

  /**
   * Books a consignment. May be called again with the same key after a failure, at any time.
   *
   * @throws Fault if the carrier is silent, out of reach or answers 408, 429 or 5xx: ask again
   * @throws Bug if it answers what we can't read
   */
  async book(consignment: Consignment): Promise<CarrierAnswer> {
    if (!this.settings.CARRIER_URL) return { status: 'booked', carrierId: `own-${consignment.bookingKey}` };
    const { bookingKey, ...parcel } = consignment;
    const response = await this.post(
      new URL('bookings', withSlash(this.settings.CARRIER_URL)),
      bookingKey,
      parcel,
    );
    const body: unknown = await response.json().catch(() => undefined);
    if (response.ok) {
      const booked = Booked.safeParse(body);
      if (booked.success) return { status: 'booked', carrierId: booked.data.id };
      throw new Bug(
        `The carrier answered ${response.status} without an id for booking ${bookingKey}: look at its API.`,
      );
    }
    if (response.status === 422) return { status: 'refused', reason: Refused.parse(body).reason };
    if (response.status >= 500 || response.status === 429 || response.status === 408) {
      throw new Fault(`The carrier answered ${response.status} to booking ${bookingKey}: it is asked again.`);
    }
    throw new Bug(
      `The carrier answered ${response.status} to booking ${bookingKey}: our request does not suit it.`,
    );
  }

  private async post(url: URL, key: string, body: object): Promise<Response> {
    try {
      return await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(Math.min(PATIENCE_MS, this.settings.CALL_TIMEOUT_MS)),
      });
    } catch (error) {
      throw new Fault(`The carrier at ${url.origin} did not answer booking ${key}: it is asked again.`, {
        cause: error,
      });
    }
  }
}

function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}
