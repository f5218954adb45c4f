/** The endpoints that there are, by the settings. */
import type { Endpoint } from './endpoint';
import { changeKeyEndpoint } from './endpoints/change-key-endpoint';
import { createKeyEndpoint } from './endpoints/create-key-endpoint';
import { explainEndpoints } from './endpoints/explain-endpoints';
import { listKeysEndpoint } from './endpoints/list-keys-endpoint';
import { readKeyEndpoint } from './endpoints/read-key-endpoint';
import { revokeKeyEndpoint } from './endpoints/revoke-key-endpoint';
import { revokeSelfEndpoint } from './endpoints/revoke-self-endpoint';
import { rotateKeyEndpoint } from './endpoints/rotate-key-endpoint';
import { usageEndpoint } from './endpoints/usage-endpoint';
import { whoAmIEndpoint } from './endpoints/who-am-i-endpoint';
import type { ManagementSettings } from './management-options';

/** Every endpoint; usage only where there is a source of it. */
export function endpointsOf({ usage }: ManagementSettings): readonly Endpoint[] {
  return [
    listKeysEndpoint,
    createKeyEndpoint,
    readKeyEndpoint,
    changeKeyEndpoint,
    revokeKeyEndpoint,
    rotateKeyEndpoint,
    ...(usage === null ? [] : [usageEndpoint(usage)]),
    ...explainEndpoints,
    whoAmIEndpoint,
    revokeSelfEndpoint,
  ];
}

/** An endpoint that a request names, with the id in its path. */
export interface Match {
  readonly endpoint: Endpoint;
  readonly id: string;
}

const KEY_ID = '{key_id}';

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    // No id has such a form: the key is not found.
    return '';
  }
}

/** The segments of a path; one slash at its end changes nothing. */
export function segmentsOf(path: string): readonly string[] {
  return path.replace(/^\//, '').replace(/\/$/, '').split('/');
}

/** Makes the look-up from a method and a path to the endpoint. `HEAD` is answered as `GET` is (RFC 9110, 9.3.2). */
export function createMatch(endpoints: readonly Endpoint[]): (method: string, path: string) => Match | null {
  const patterns = endpoints.map((endpoint) => ({ endpoint, segments: segmentsOf(endpoint.path) }));

  return (method, path) => {
    const asked = segmentsOf(path);
    const wanted = method === 'HEAD' ? 'GET' : method;
    for (const { endpoint, segments } of patterns) {
      if (endpoint.method !== wanted || segments.length !== asked.length) continue;
      const fits = segments.every((segment, at) => segment === KEY_ID || segment === asked[at]);
      if (!fits) continue;
      const place = segments.indexOf(KEY_ID);
      return { endpoint, id: place === -1 ? '' : decoded(asked[place] as string) };
    }
    return null;
  };
}
