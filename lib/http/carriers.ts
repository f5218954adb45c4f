/** Where in a request a token may travel, for each kind of key. */
import { ConfigurationError, shown } from '../errors';
import { KEY_KINDS, type KeyKind } from '../keys/kinds';
import { kindBit, type KindMask } from '../service/kind-mask';

/** Carriers of one kind. A list that is given replaces the default list; an empty one switches it off. */
export interface KindCarriers {
  /** `Authorization` schemes, in any case. */
  readonly schemes?: readonly string[];
  /** Header names, in any case. */
  readonly headers?: readonly string[];
  /** Query parameters, case-sensitive. Never for secret keys. */
  readonly query?: readonly string[];
  /** Query parameters that are read on WebSocket upgrades alone, case-sensitive. Temporary tokens only. */
  readonly upgradeQuery?: readonly string[];
  /** Cookies, case-sensitive. Scoped keys only. */
  readonly cookies?: readonly string[];
}

type Place = keyof KindCarriers;

/** Carriers of every kind. */
export interface CarrierOptions {
  /** Default: `Authorization: Bearer` and `X-API-Key`. */
  readonly secret?: Pick<KindCarriers, 'schemes' | 'headers'>;
  /** Default: query `pubtoken`. */
  readonly publishable?: Pick<KindCarriers, 'query' | 'headers'>;
  /** Default: `Authorization: Bearer`. */
  readonly temporary?: Pick<KindCarriers, 'schemes' | 'headers' | 'upgradeQuery'>;
  /** Default: `X-API-Key`, `Authorization: Bearer`, `Authorization: apikey`. */
  readonly scoped?: Pick<KindCarriers, 'schemes' | 'headers' | 'query' | 'cookies'>;
}

/** A name that carries tokens of some kinds. */
export interface Carrier {
  /** Lower case for headers. */
  readonly name: string;
  readonly kinds: KindMask;
}

/** Every carrier, by place. */
export interface Carriers {
  readonly headers: readonly Carrier[];
  /** Schemes in lower case. */
  readonly schemes: ReadonlyMap<string, KindMask>;
  readonly query: readonly Carrier[];
  /** What is read of the query of an upgrade: those of every request, and those of upgrades alone. */
  readonly upgradeQuery: readonly Carrier[];
  readonly cookies: readonly Carrier[];
  /** Query parameters that hold something secret: they are taken out of the URL. */
  readonly secretQuery: readonly string[];
}

const DEFAULTS: Readonly<Record<KeyKind, KindCarriers>> = {
  secret: { schemes: ['Bearer'], headers: ['X-API-Key'] },
  publishable: { query: ['pubtoken'], headers: [] },
  temporary: { schemes: ['Bearer'], headers: [], upgradeQuery: [] },
  scoped: { schemes: ['Bearer', 'apikey'], headers: ['X-API-Key'], query: [], cookies: [] },
};

/** Why a kind never travels in a place. */
const REFUSED: Readonly<Record<Place, string>> = {
  schemes: 'a publishable key is sent by pages: use query or headers',
  headers: 'headers are open to every kind',
  query: 'keys in a query end up in logs and histories (OWASP ASVS 14.2.1): use headers or schemes',
  upgradeQuery: 'only temporary tokens may ride on the query of an upgrade',
  cookies: 'only scoped keys may ride in a cookie',
};

/** RFC 9110, 5.6.2: the characters of header names and schemes. */
const HTTP_TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** What a query parameter or a cookie may be called. */
const PLAIN_NAME = /^[A-Za-z0-9._~-]+$/;
/** Headers with a meaning of their own. */
const RESERVED = new Set(['authorization', 'cookie', 'host', 'origin', 'referer', 'content-type']);

function readNames(kind: KeyKind, place: Place, value: unknown): readonly string[] {
  const subject = `carriers.${kind}.${place}`;
  if (!Object.hasOwn(DEFAULTS[kind], place)) {
    const known = Object.keys(DEFAULTS[kind]).join(', ');
    const isPlace = Object.hasOwn(REFUSED, place);
    throw new ConfigurationError(
      isPlace ? 'ERR_LATCHKEY_OPTION_INVALID' : 'ERR_LATCHKEY_OPTION_UNKNOWN',
      subject,
      `${kind} keys have no such carrier${isPlace ? `: ${REFUSED[place]}` : ''}. Known: ${known}.`,
    );
  }
  const grammar = place === 'headers' || place === 'schemes' ? HTTP_TOKEN : PLAIN_NAME;
  if (!Array.isArray(value) || !value.every((name) => typeof name === 'string' && grammar.test(name))) {
    throw new ConfigurationError(
      'ERR_LATCHKEY_OPTION_INVALID',
      subject,
      `must be an array of names such as ${shown(exampleOf(place))}; received ${shown(value)}.`,
    );
  }
  const names = value as string[];
  const reserved = names.find((name) => place === 'headers' && RESERVED.has(name.toLowerCase()));
  if (reserved !== undefined) {
    throw new ConfigurationError(
      'ERR_LATCHKEY_OPTION_INVALID',
      subject,
      `must not hold ${shown(reserved)}, which has a meaning of its own; for Authorization use schemes.`,
    );
  }
  return names;
}

function exampleOf(place: Place): string {
  return {
    schemes: 'Bearer',
    headers: 'X-API-Key',
    query: 'api-key',
    upgradeQuery: 'token',
    cookies: 'api-key',
  }[place];
}

/** Carriers of a kind: the defaults with the host's lists in their place. */
function carriersOf(kind: KeyKind, given: unknown): KindCarriers {
  if (given === undefined) return DEFAULTS[kind];
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new ConfigurationError(
      'ERR_LATCHKEY_OPTION_INVALID',
      `carriers.${kind}`,
      `must be an object such as { headers: ["X-Secret-Key"] }; received ${shown(given)}.`,
    );
  }
  const lists = Object.entries(given)
    .filter(([, names]) => names !== undefined)
    .map(([place, names]) => [place, readNames(kind, place as Place, names)] as const);
  return { ...DEFAULTS[kind], ...(Object.fromEntries(lists) as KindCarriers) };
}

/**
 * Compiles the carriers.
 * @throws ConfigurationError for an unknown kind or place, a bad name, or a kind in a place where it must
 * never travel.
 */
export function compileCarriers(options: CarrierOptions = {}): Carriers {
  for (const kind of Object.keys(options)) {
    if (!(KEY_KINDS as readonly string[]).includes(kind)) {
      throw new ConfigurationError(
        'ERR_LATCHKEY_OPTION_UNKNOWN',
        `carriers.${kind}`,
        `is not a kind of key. Known: ${KEY_KINDS.join(', ')}.`,
      );
    }
  }
  const byKind = KEY_KINDS.map((kind) => [kind, carriersOf(kind, options[kind])] as const);
  const collect = (places: readonly Place[], fold: (name: string) => string): Map<string, KindMask> => {
    const masks = new Map<string, KindMask>();
    for (const [kind, carriers] of byKind) {
      for (const name of places.flatMap((place) => carriers[place] ?? [])) {
        const folded = fold(name);
        masks.set(folded, (masks.get(folded) ?? 0) | kindBit(kind));
      }
    }
    return masks;
  };
  const list = (masks: Map<string, KindMask>): Carrier[] => {
    return Array.from(masks, ([name, kinds]) => ({ name, kinds }));
  };
  const lower = (name: string): string => name.toLowerCase();
  const same = (name: string): string => name;
  const query = list(collect(['query'], same));
  const upgradeQuery = list(collect(['query', 'upgradeQuery'], same));
  const publishable = kindBit('publishable');
  return Object.freeze({
    headers: list(collect(['headers'], lower)),
    schemes: collect(['schemes'], lower),
    query,
    upgradeQuery,
    cookies: list(collect(['cookies'], same)),
    secretQuery: upgradeQuery.filter(({ kinds }) => kinds !== publishable).map(({ name }) => name),
  });
}
