/** Reads what Express 4 and 5 keep of an app's routes. */
import { ConfigurationError, shown } from '../errors';

/** A layer of an Express router: middleware, a mounted router, or a route. */
export interface Layer {
  readonly handle: Handler;
  readonly route?: Route;
  /** Express 5: the path as it was written. */
  readonly rawPath?: unknown;
  /** Express 4: the path, compiled. */
  readonly regexp?: RegExp;
  /** Express 4: the parameters of the path. */
  readonly keys: readonly { readonly name: string | number }[];
}

/** A function in a stack. */
export type Handler = (...args: never[]) => unknown;

/** A route: one path, and for each method its handlers. */
export interface Route {
  readonly path: unknown;
  readonly methods: Readonly<Record<string, boolean>>;
  readonly stack: readonly { readonly method?: string; readonly handle: Handler }[];
}

interface Router {
  readonly stack: readonly Layer[];
  readonly route: Handler;
}

interface ExpressApp {
  readonly _router?: Router;
  readonly router?: Router;
  readonly path?: () => unknown;
}

/** The layers of an app or a router, and the path that the app is mounted at. */
export interface Stack {
  readonly layers: readonly Layer[];
  readonly base: string;
}

/** The layers of a router, or `null` for another function; an app of Connect has layers of another make. */
export function layersOf(handler: unknown): readonly Layer[] | null {
  const { stack, route } = handler as Partial<Router>;
  return Array.isArray(stack) && typeof route === 'function' ? (stack as readonly Layer[]) : null;
}

/** @throws ConfigurationError for anything but an Express app or router. */
export function stackOf(app: unknown): Stack {
  const express = (typeof app === 'function' ? app : {}) as ExpressApp;
  const layers = layersOf(express);
  if (layers !== null) return { layers, base: '' };
  // Express 4 makes its router with the first route, and throws where one asks for `router`.
  const router = 'lazyrouter' in express ? express._router : express.router;
  const base = typeof express.path === 'function' ? express.path() : undefined;
  if (typeof base === 'string') return { layers: router?.stack ?? [], base };
  throw new ConfigurationError(
    'ERR_LATCHKEY_OPTION_INVALID',
    'app',
    `must be an app or a router of Express 4 or 5; received ${shown(app)}.`,
  );
}

/** What can stand in a compiled path of Express 4 for a parameter. */
const PARAMETER = /\(\?:\\\/\((?:\[\^\/\]\+\?|[^()]+)\)\)\??/g;
const SYNTAX = /[()[\]{}?*+^$|\\]/;

/** A compiled path of Express 4 as it may have been written, or the expression itself. */
function decompiled(regexp: RegExp, keys: Layer['keys']): string {
  let at = 0;
  const text = regexp.source
    .replace(/^\^/, '')
    .replace(/\\\/\?(?:\(\?=\\\/\|\$\)|\$)$/, '')
    .replace(PARAMETER, () => `/:${String(keys[at++]?.name)}`)
    .replace(/\\([./-])/g, '$1');
  return SYNTAX.test(text) ? String(regexp) : text;
}

/** A path as text: `''` for the root. */
function textOf(path: unknown): string {
  return path === '/' ? '' : String(path);
}

/** The paths of a layer or a route, as text. */
export function pathsOf(path: unknown): readonly string[] {
  return Array.isArray(path) ? path.flat(Infinity).map(textOf) : [textOf(path)];
}

/** The paths that a layer is mounted at. */
export function mountsOf({ rawPath, regexp, keys }: Layer): readonly string[] {
  if (rawPath !== undefined) return pathsOf(rawPath);
  return regexp === undefined ? ['(unknown)'] : [decompiled(regexp, keys)];
}
