/** The kinds of key that a carrier brings, by the carrier's name. */
import { invalidField } from '../denials';
import { ApiKeyError, shown } from '../errors';
import type { KindMask } from '../service/kind-mask';
import type { Carrier, Carriers } from './carriers';

const PLACES = ['authorization', 'header', 'query', 'cookie'];

function maskOf(carriers: readonly Carrier[], name: string): KindMask {
  return carriers.find((carrier) => carrier.name === name)?.kinds ?? 0;
}

/**
 * The kinds that a carrier such as `authorization:Bearer`, `header:X-API-Key`, `query:pubtoken` or
 * `cookie:api-key` brings: none, where it carries nothing here.
 * @throws ApiKeyError `INVALID_REQUEST` for what names no place.
 */
export function carrierKinds(carriers: Carriers, text: string): KindMask {
  const colon = text.indexOf(':');
  const place = text.slice(0, Math.max(colon, 0)).toLowerCase();
  const name = text.slice(colon + 1);
  switch (place) {
    case 'authorization':
      return carriers.schemes.get(name.toLowerCase()) ?? 0;
    case 'header':
      return maskOf(carriers.headers, name.toLowerCase());
    case 'query':
      return maskOf(carriers.query, name);
    case 'cookie':
      return maskOf(carriers.cookies, name);
    default:
      throw new ApiKeyError(
        invalidField(
          'carrier',
          `carrier must be ${PLACES.join(', ')}, a colon and a name, such as header:X-API-Key; received ${shown(text)}`,
        ),
      );
  }
}
