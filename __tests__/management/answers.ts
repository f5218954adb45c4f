/** Holds real answers against the OpenAPI document. */
import Ajv2020 from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import type { Response } from 'supertest';
import type { OpenApiDocument } from '../../lib/management';

const validators = new WeakMap<OpenApiDocument, Ajv2020>();

function validatorOf(document: OpenApiDocument): Ajv2020 {
  let ajv = validators.get(document);
  if (ajv === undefined) {
    ajv = new Ajv2020({ strict: false, allErrors: true });
    addFormats(ajv);
    ajv.addSchema(document, 'document');
    validators.set(document, ajv);
  }
  return ajv;
}

/** The path of the document that a request path falls under. */
function templateOf(document: OpenApiDocument, path: string): string | undefined {
  const asked = path.split('?')[0]!.split('/');
  return Object.keys(document.paths).find((template) => {
    const segments = template.split('/');
    return segments.length === asked.length && segments.every((s, at) => s === '{key_id}' || s === asked[at]);
  });
}

/** @throws Error when the document does not foresee the answer. */
export function expectDocumented(
  document: OpenApiDocument,
  method: string,
  path: string,
  { status, body, type }: Pick<Response, 'status' | 'body' | 'type'>,
): void {
  const template = templateOf(document, path);
  if (template === undefined) throw new Error(`the document has no path ${path}`);
  const pointer = ['paths', template, method, 'responses', String(status), 'content', type, 'schema']
    .map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1'))
    .map(encodeURIComponent)
    .join('/');
  const validate = validatorOf(document).getSchema(`document#/${pointer}`);
  if (validate === undefined) throw new Error(`the document has no ${String(status)} for ${method} ${path}`);
  if (validate(body) === true) return;
  throw new Error(
    `${method} ${path} ${String(status)} is not as documented: ${JSON.stringify(validate.errors, null, 2)}`,
  );
}
