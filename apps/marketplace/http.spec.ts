import { type RunningModules, startModules } from '#testing';
import { marketplace } from './modules.js';

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
}
interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[];
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: Schema } } };
  readonly responses: Readonly<Record<string, { readonly description?: string }>>;
}
interface Route extends Operation {
  readonly method: string;
  readonly path: string;
  /** `PATCH /product`. */
  readonly name: string;
}

describe('the HTTP interface of the marketplace', () => {
  let shop: RunningModules;
  let routes: Route[];

  beforeAll(async () => {
    shop = await startModules({ here: marketplace, settings: { PAYMENT_PROVIDER: 'false' } });
    const { paths } = (await shop.http('GET', '/docs-json')).body as {
      paths: Record<string, Record<string, Operation>>;
    };
    routes = Object.entries(paths)
      .flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, operation]) => ({
          ...operation,
          method: method.toUpperCase(),
          path,
          name: `${method.toUpperCase()} ${path}`,
        })),
      )
      .filter(({ path }) => !path.startsWith('/health'));
  });
  afterAll(() => shop?.stop());

  it('refuses text that Postgres can’t store, in every field of every body, and names the field', async () => {
    const accepted: string[] = [];
    for (const { method, path, name, requestBody } of routes) {
      const fields = Object.entries(requestBody?.content['application/json'].schema.properties ?? {});
      for (const unstorable of ['a\0b', 'a\uD83Cb']) {
        const body = Object.fromEntries(fields.map(([field]) => [field, unstorable]));
        if (fields.length === 0) continue;
        const answer = await shop.http(method, path.replaceAll(/\{\w+\}/g, '1'), body);
        expect([name, answer.status]).toEqual([name, 400]);
        const refused = (answer.body.errors as { path: string }[]).map((error) => error.path);
        for (const [field] of fields) if (!refused.includes(field)) accepted.push(`${name} ${field}`);
      }
    }
    expect(accepted).toEqual([]);
    expect(routes.filter((route) => route.requestBody).length).toBeGreaterThan(8);
  });

  it('refuses it in every path, too', async () => {
    for (const { method, path, name, parameters = [] } of routes) {
      for (const parameter of parameters.filter((one) => one.in === 'path')) {
        const bad = path.replace(`{${parameter.name}}`, 'a%00b').replaceAll(/\{\w+\}/g, '1');
        expect([name, parameter.name, (await shop.http(method, bad)).status]).toEqual([
          name,
          parameter.name,
          400,
        ]);
      }
    }
  });

  it('says of every route what it answers when all goes well', () => {
    const silent = routes.filter(
      ({ responses }) =>
        !Object.entries(responses).some(([status, { description }]) => status.startsWith('2') && description),
    );
    expect(silent.map((route) => route.name)).toEqual([]);
  });

  it('says of every id in a path that it is a whole number from 1 to 2147483647', () => {
    const ids = routes.flatMap(({ name, parameters = [] }) =>
      parameters
        .filter((parameter) => /id$/i.test(parameter.name) && parameter.name !== 'tid')
        .map(({ name: id, schema }) => ({ of: `${name} ${id}`, schema })),
    );
    expect(ids.length).toBeGreaterThan(15);
    for (const { of, schema } of ids) {
      expect({ of, ...schema }).toEqual({ of, type: 'integer', minimum: 1, maximum: 2_147_483_647 });
    }
  });
});
