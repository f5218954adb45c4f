/** Holds what a client sent against a schema; what is wrong with it becomes a 400 that names the field. */
import type { z } from 'zod';
import { invalidField } from '../denials';
import { ApiKeyError, shown } from '../errors';

/** How deep a body may nest: as deep as every store keeps. */
const MAX_DEPTH = 32;

/** A problem as zod tells it before it is put into words. */
type RawIssue = z.core.$ZodRawIssue;
type Issue = z.core.$ZodIssue;

const TYPES: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'an array',
  object: 'an object',
};

/** A sentence without its subject. Schemas with words of their own do not come here. */
function describe(issue: RawIssue): string {
  const received = `; received ${shown(issue.input)}`;
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return 'is missing';
      return `must be ${TYPES[issue.expected] ?? issue.expected}${received}`;
    case 'too_small':
      if (issue.origin === 'string' || issue.origin === 'array') return 'must not be empty';
      return `must be at least ${String(issue.minimum)}${received}`;
    case 'too_big':
      if (issue.origin === 'string') return `must have at most ${String(issue.maximum)} characters`;
      if (issue.origin === 'array') return `must have at most ${String(issue.maximum)} entries`;
      return `must be at most ${String(issue.maximum)}${received}`;
    case 'invalid_value':
      return `must be ${issue.values.map(shown).join(' or ')}${received}`;
    case 'invalid_format':
      return `must be a time such as 2030-12-31T23:59:59Z, with a zone${received}`;
    case 'invalid_union':
      return `must be a whole number from 1, or an object with limit and window_seconds${received}`;
    default:
      return 'is not valid';
  }
}

/** The issue to report: where one of several forms was tried, that of the form that was meant. */
function meant(
  issue: Issue,
  input: unknown,
): { readonly issue: Issue; readonly path: readonly PropertyKey[] } {
  const { path } = issue;
  const value = path.reduce((at: unknown, name) => (at as Record<PropertyKey, unknown>)[name], input);
  const inner =
    issue.code === 'invalid_union' && typeof value === 'object' ? issue.errors.at(-1)?.[0] : undefined;
  return inner === undefined ? { issue, path } : { issue: inner, path: [...path, ...inner.path] };
}

function refuse({ issue, path }: ReturnType<typeof meant>, known: readonly string[]): never {
  const names = path.filter((part) => typeof part === 'string');
  if (issue.code === 'unrecognized_keys') {
    const unknown = issue.keys.slice(0, 5).map(shown).join(', ');
    const field = [...names, issue.keys[0]].join('.');
    const hint = path.length === 0 ? `; known: ${known.join(', ')}` : '';
    throw new ApiKeyError(invalidField(field, `${unknown} cannot be set here${hint}`));
  }
  const subject = path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${String(part)}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
  throw new ApiKeyError(invalidField(names.join('.'), `${subject} ${issue.message}`));
}

/** @throws ApiKeyError for a name that would change a prototype, or a value that nests too deep. */
function refuseHostileShape(value: unknown, field: string, depth: number): void {
  if (typeof value !== 'object' || value === null) return;
  if (depth > MAX_DEPTH) {
    throw new ApiKeyError(invalidField(field, `${field} must nest at most ${String(MAX_DEPTH)} levels deep`));
  }
  if (Object.hasOwn(value, '__proto__')) {
    throw new ApiKeyError(invalidField(field === '' ? '__proto__' : field, 'No name may be "__proto__"'));
  }
  for (const [name, inner] of Object.entries(value)) {
    refuseHostileShape(inner, field === '' ? name : field, depth + 1);
  }
}

/**
 * The value, as the schema types it.
 * @throws ApiKeyError `INVALID_REQUEST`, whose sentence and `details.field` name the first field that is wrong.
 */
export function parseRequest<S extends z.ZodObject>(schema: S, value: Record<string, unknown>): z.output<S> {
  refuseHostileShape(value, '', 0);
  const parsed = schema.safeParse(value, { error: describe });
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  return refuse(meant(issue as Issue, value), Object.keys(schema.shape));
}

/** The parameters of a URL. @throws ApiKeyError `INVALID_REQUEST` for one that comes twice. */
export function readQuery(url: string): Record<string, string> {
  const mark = url.indexOf('?');
  const query: Record<string, string> = {};
  if (mark === -1) return query;
  for (const [name, value] of new URLSearchParams(`&${url.slice(mark + 1)}`)) {
    if (Object.hasOwn(query, name)) {
      throw new ApiKeyError(invalidField(name, `${shown(name)} must come once`));
    }
    Object.defineProperty(query, name, { value, enumerable: true });
  }
  return query;
}
