import type { Instance, Route } from './instance.js';
import { answer, callTo, instance, recordedWay } from './placement.sample.js';
import { RoutedPlacement } from './routed-placement.js';

/** Who lives and what is routed where, as a registry would answer. */
function registryOf(instances: readonly Instance[], routes: Record<string, string>) {
  const entries = Object.entries(routes).map(([module, app]) => [module, { module, app } as Route] as const);
  const view = { version: '1', routes: new Map(entries), instances };
  return { view, hosting: (module: string) => instances.filter((each) => each.modules.includes(module)) };
}

const SHOP = instance('marketplace', ['cart', 'payment']);
const PAYMENT = instance('payment', ['payment']);
const SECOND = instance('payment', ['payment'], {
  id: 'payment-2',
  callAddress: 'payment2:90',
  httpAddress: 'http://payment2:80',
});
const NEVER = new AbortController().signal;

function placementOf(
  app: string,
  modules: readonly string[],
  instances: readonly Instance[],
  routes: Record<string, string>,
  way = recordedWay(),
) {
  const placement = new RoutedPlacement({
    app,
    modules,
    way,
    answerHere: async () => answer('here'),
  });
  placement.registry = registryOf(instances, routes);
  return { placement, way };
}

describe('where calls to payment go, its deliveries, and its HTTP requests', () => {
  const away = { payment: 'payment' };
  const back = { payment: 'marketplace' };
  it.each`
    case                                            | app              | modules                | living                     | routes  | here     | delivers | http
    ${'home by no route'}                           | ${'marketplace'} | ${['cart', 'payment']} | ${[SHOP]}                  | ${{}}   | ${true}  | ${true}  | ${undefined}
    ${'home by a route'}                            | ${'marketplace'} | ${['cart', 'payment']} | ${[SHOP, PAYMENT]}         | ${back} | ${true}  | ${true}  | ${undefined}
    ${'routed to an app that lives'}                | ${'marketplace'} | ${['cart', 'payment']} | ${[SHOP, PAYMENT]}         | ${away} | ${false} | ${false} | ${'payment-1'}
    ${'routed to an app that is gone: standing by'} | ${'marketplace'} | ${['cart', 'payment']} | ${[SHOP]}                  | ${away} | ${true}  | ${false} | ${undefined}
    ${'the app that it is routed to'}               | ${'payment'}     | ${['payment']}         | ${[SHOP, PAYMENT]}         | ${away} | ${true}  | ${true}  | ${undefined}
    ${'another instance of that app'}               | ${'payment'}     | ${['payment']}         | ${[SHOP, PAYMENT, SECOND]} | ${away} | ${true}  | ${true}  | ${undefined}
    ${'that app once it is moved back'}             | ${'payment'}     | ${['payment']}         | ${[SHOP, PAYMENT]}         | ${back} | ${false} | ${false} | ${'marketplace-1'}
    ${'an app that does not host it'}               | ${'cart'}        | ${['cart']}            | ${[SHOP, PAYMENT]}         | ${away} | ${false} | ${false} | ${'payment-1'}
    ${'not hosted, and routed to nobody who lives'} | ${'cart'}        | ${['cart']}            | ${[SHOP]}                  | ${away} | ${false} | ${false} | ${'marketplace-1'}
    ${'not hosted here, and nobody lives'}          | ${'cart'}        | ${['cart']}            | ${[]}                      | ${away} | ${false} | ${false} | ${undefined}
  `('$case', ({ app, modules, living, routes, here, delivers, http }) => {
    const { placement } = placementOf(app, modules, living, routes);
    expect({
      here: placement.answersHere('payment'),
      delivers: placement.deliversHere('payment'),
      http: placement.instanceFor('payment')?.id,
    }).toEqual({ here, delivers, http });
  });

  it.each`
    case                                         | app              | living             | routes  | undelivered
    ${'nobody, once the routed app is gone'}     | ${'marketplace'} | ${[SHOP]}          | ${away} | ${['payment']}
    ${'the routed app, while it lives'}          | ${'marketplace'} | ${[SHOP, PAYMENT]} | ${away} | ${[]}
    ${'this app, which it is routed to'}         | ${'marketplace'} | ${[SHOP]}          | ${back} | ${[]}
    ${'this app, without a route'}               | ${'marketplace'} | ${[SHOP]}          | ${{}}   | ${[]}
    ${'nobody, with another instance elsewhere'} | ${'other'}       | ${[SHOP]}          | ${away} | ${['payment']}
  `('its deliveries are worked on by $case', ({ app, living, routes, undelivered }) => {
    const { placement } = placementOf(app, ['payment'], living, routes);
    expect(placement.undelivered()).toEqual(undelivered);
  });

  it('is answered by itself until it knows the registry', () => {
    const { placement } = placementOf('marketplace', ['payment'], [], { payment: 'payment' });
    placement.registry = undefined;
    expect(placement.answersHere('payment')).toBe(true);
  });
});

describe('a call', () => {
  const from = (instances: readonly Instance[], way = recordedWay(), modules: readonly string[] = ['cart']) =>
    placementOf('cart', modules, instances, { payment: 'payment' }, way);

  it('goes to the living instances of the app in turn', async () => {
    const { placement, way } = from([PAYMENT, SECOND]);
    for (let turn = 0; turn < 6; turn++) await placement.call(callTo('payment'), NEVER);
    for (const address of ['payment:90', 'payment2:90'])
      expect(way.asked.filter((each) => each === address)).toHaveLength(3);
    expect(way.asked[0]).not.toBe(way.asked[1]);
  });

  it('takes its turn among the calls to its module only: modules called by turns share no instance out between them', async () => {
    const both = [1, 2].map((number) =>
      instance('both', ['payment', 'stock'], { id: `both-${number}`, callAddress: `both${number}:90` }),
    );
    const { placement, way } = from(both);
    const taken: Record<string, string[]> = { payment: [], stock: [] };
    for (let turn = 0; turn < 8; turn++) {
      const module = turn % 2 === 0 ? 'payment' : 'stock';
      await placement.call(callTo(module), NEVER);
      taken[module]?.push(way.asked.at(-1) as string);
    }
    for (const asked of Object.values(taken))
      expect(asked.filter((address) => address === 'both1:90')).toHaveLength(2);
  });

  it('that surely was not taken by one instance is taken by the next', async () => {
    const { placement, way } = from([PAYMENT, SECOND], recordedWay(['payment:90']));
    for (let turn = 0; turn < 4; turn++)
      expect(await placement.call(callTo('payment'), NEVER)).toEqual(answer('payment2:90'));
    expect(way.asked).toContain('payment:90');
  });

  it('that may have been acted on is asked of nobody else', async () => {
    const { placement, way } = from([PAYMENT, SECOND], recordedWay([], ['payment:90', 'payment2:90']));
    await expect(placement.call(callTo('payment'), NEVER)).rejects.toMatchObject({ acted: 'maybe' });
    expect(way.asked).toHaveLength(1);
  });

  it('that nobody took is answered by the app that stands by', async () => {
    const { placement } = from([PAYMENT], recordedWay(['payment:90']), ['cart', 'payment']);
    expect(await placement.call(callTo('payment'), NEVER)).toEqual(answer('here'));
  });

  it('that nobody took, and for which nobody stands by, fails as one on which nobody acted, with the cure', async () => {
    for (const living of [[], [PAYMENT]]) {
      const { placement } = from(living, recordedWay(['payment:90']));
      await expect(placement.call(callTo('payment'), NEVER)).rejects.toMatchObject({
        acted: 'no',
        message:
          'No running instance answers for module "payment": start one (npx banyan instances shows who runs).',
      });
    }
  });

  it('that its caller has given up is asked of nobody else', async () => {
    const given = new AbortController();
    given.abort();
    const { placement, way } = from([PAYMENT, SECOND], recordedWay(['payment:90', 'payment2:90']));
    await expect(placement.call(callTo('payment'), given.signal)).rejects.toMatchObject({ acted: 'no' });
    expect(way.asked).toHaveLength(1);
  });
});
