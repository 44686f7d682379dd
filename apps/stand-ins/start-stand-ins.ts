import type { Settings } from '#platform/config';
import type { Started } from '#platform/host';
import { startCarrier } from './carrier/carrier.js';
import { startPaymentProvider } from './payment-provider/payment-provider.js';

/**
 * Starts a stand-in for each part of the outside world that no address is set for.
 *
 * @returns the addresses, as settings
 */
export async function startStandIns(
  settings: Settings,
): Promise<Started & { readonly settings: Partial<Settings> }> {
  const provider = settings.PAYMENT_PROVIDER_URL
    ? undefined
    : await startPaymentProvider({ behaviour: { failPercent: settings.PAYMENT_FAIL_PERCENT } });
  const carrier = settings.CARRIER_URL ? undefined : await startCarrier();
  return {
    settings: {
      ...(provider && { PAYMENT_PROVIDER_URL: provider.url }),
      ...(carrier && { CARRIER_URL: carrier.url }),
    },
    stop: async () => {
      await Promise.all([provider?.stop(), carrier?.stop()]);
    },
  };
}
