/** The classes of service, as file names tell them. */
export type Tier = 'edge' | 'process' | 'data' | 'gateway' | 'listeners';

/** The floors of the house; `elsewhere` is everything that stands on none. */
export type Floor = 'apps' | 'marketplace' | 'platform' | 'testing' | 'migrations' | 'elsewhere';

/** What a file is, told from its path alone. */
export interface Place {
  readonly floor: Floor;
  /** The business module, the room of the platform, or the app; undefined for files that stand beside them. */
  readonly module?: string;
  readonly tier?: Tier;
  /** `a.module.ts`, `a.rules.ts`, `a.sql.ts`, `contract/...`, `entities/...`; undefined for everything else. */
  readonly part?: 'module' | 'rules' | 'sql' | 'contract' | 'entities';
  /** A spec, or samples for specs (`a.sample.ts`, `a.samples.ts`): it stands beside what it tests and reaches further. */
  readonly spec: boolean;
}

const TIERS: readonly string[] = ['edge', 'process', 'data', 'gateway', 'listeners'];
const PARTS: readonly string[] = ['module', 'rules', 'sql'];

/** Tells a file's place from its path, given from the root with slashes. */
export function placeOf(path: string): Place {
  const [top, second, third, ...rest] = path.split('/');
  const spec = /\.(spec|samples?)\.ts$/.test(path);
  if (top === 'apps') return { floor: 'apps', module: third === undefined ? undefined : second, spec };
  if (top === 'migrations') return { floor: 'migrations', spec };
  if (top !== 'libs') return { floor: 'elsewhere', spec };
  if (second === 'testing') return { floor: 'testing', spec };
  if (second === 'platform') return { floor: 'platform', module: rest.length > 0 ? third : undefined, spec };
  if (second !== 'marketplace' || rest.length === 0) return { floor: 'elsewhere', spec };
  return { floor: 'marketplace', module: third, spec, ...roleOf(rest) };
}

/** A file that outgrew its room is a folder of the same name: `stock.data/reserve.ts` is of the data tier too. */
function roleOf(segments: readonly string[]): Pick<Place, 'tier' | 'part'> {
  const [first] = segments;
  if (segments.length > 1 && (first === 'contract' || first === 'entities')) return { part: first };
  const words = segments.map(
    (segment) =>
      segment
        .replace(/(\.spec)?\.ts$/, '')
        .split('.')
        .at(-1) ?? '',
  );
  const tier = words.find((word, i) => TIERS.includes(word) && segments[i]?.includes('.'));
  const part = words.find((word, i) => PARTS.includes(word) && segments[i]?.includes('.'));
  return { tier: tier as Tier | undefined, part: part as Place['part'] };
}
