/** The ways in which keys travel, as OpenAPI security schemes. */
import { internalsOf, type ApiKeys } from '../api-keys';
import type { Runtime } from '../http/runtime';
import { KEY_KINDS, type KeyKind } from '../keys/kinds';
import { kindMask } from '../service/kind-mask';

/** A security scheme of OpenAPI 3.1. `x-scopes` lists the scopes of the catalogue with what they imply. */
export interface SecurityScheme {
  readonly type: 'http' | 'apiKey';
  readonly scheme?: 'bearer';
  readonly in?: 'header' | 'query' | 'cookie';
  readonly name?: string;
  readonly description: string;
  readonly 'x-scopes'?: Readonly<Record<string, string>>;
}

type SchemeFields = Omit<SecurityScheme, 'description' | 'x-scopes'>;

/** Upper case where words of a header name start: carriers are kept in lower case. */
function titled(header: string): string {
  return header.replace(/(^|-)([a-z])/g, (_all, dash: string, letter: string) => dash + letter.toUpperCase());
}

/** A name that OpenAPI takes for a component. */
function componentName(place: string, name: string): string {
  return `${place}_${name}`.replace(/[^A-Za-z0-9._-]/g, '_');
}

function scopesOf({ service: { catalogue } }: Runtime): SecurityScheme['x-scopes'] {
  const { resources } = catalogue.describe();
  if (resources.length === 0) return undefined;
  return Object.fromEntries(
    resources.flatMap(({ resource, description, actions }) => {
      return actions.map(({ action, scope }) => [
        scope,
        description === '' ? `${action} ${resource}` : `${action}: ${description}`,
      ]);
    }),
  );
}

/** The schemes for keys of some kinds, by their names in the document. */
export function securitySchemesOf(
  runtime: Runtime,
  kinds: readonly KeyKind[],
): Readonly<Record<string, SecurityScheme>> {
  const { headers, schemes, query, cookies } = runtime.carriers;
  const wanted = kindMask(kinds);
  const scopes = scopesOf(runtime);
  const found: [string, SchemeFields, number][] = [
    ...Array.from(schemes, ([scheme, mask]): [string, SchemeFields, number] => [
      componentName('authorization', scheme),
      scheme === 'bearer'
        ? { type: 'http', scheme }
        : { type: 'apiKey', in: 'header', name: 'Authorization' },
      mask,
    ]),
    ...headers.map((carrier): [string, SchemeFields, number] => [
      componentName('header', carrier.name),
      { type: 'apiKey', in: 'header', name: titled(carrier.name) },
      carrier.kinds,
    ]),
    ...query.map((carrier): [string, SchemeFields, number] => [
      componentName('query', carrier.name),
      { type: 'apiKey', in: 'query', name: carrier.name },
      carrier.kinds,
    ]),
    ...cookies.map((carrier): [string, SchemeFields, number] => [
      componentName('cookie', carrier.name),
      { type: 'apiKey', in: 'cookie', name: carrier.name },
      carrier.kinds,
    ]),
  ];
  return Object.fromEntries(
    found
      .filter(([, , mask]) => (mask & wanted) !== 0)
      .map(([name, fields, mask]) => {
        const carried = KEY_KINDS.filter((kind) => (mask & kindMask([kind])) !== 0).join(', ');
        const how = name.startsWith('authorization_') ? ` Value: \`${titled(name.slice(14))} <token>\`.` : '';
        return [
          name,
          {
            ...fields,
            description: `Kinds of key: ${carried}.${how}`,
            ...(scopes === undefined ? {} : { 'x-scopes': scopes }),
          },
        ];
      }),
  );
}

/**
 * The ways in which keys travel to this API, for `components.securitySchemes` of the host's own document. An
 * operation that `requireScope('models:read')` guards then names, for each of them,
 * `security: [{ authorization_bearer: ['models:read'] }]`: OpenAPI 3.1 lets every scheme list what it needs.
 * @param kinds Default: every kind.
 * @throws ConfigurationError for `keys` from elsewhere.
 */
export function securitySchemes(
  keys: ApiKeys<never> | ApiKeys,
  kinds: readonly KeyKind[] = KEY_KINDS,
): Readonly<Record<string, SecurityScheme>> {
  return securitySchemesOf(internalsOf(keys).runtime, kinds);
}
