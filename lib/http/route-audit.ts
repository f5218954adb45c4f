/** auditRoutes(): which routes an Express app has, what guards them, and what does not. */
import { layersOf, mountsOf, pathsOf, stackOf, type Handler, type Layer, type Route } from './express-layers';
import { guardRuleOf, type GuardRule } from './guard';

/** One route of an app. */
export interface AuditedRoute {
  /** Upper case; `ALL` for `app.all`. */
  readonly method: string;
  /** The pattern with the paths of all routers around it; a regular expression as its text. */
  readonly path: string;
  /** The guards that a request passes before the last handler, in their order. */
  readonly guards: readonly GuardRule[];
}

/** What {@link auditRoutes} finds. */
export interface RouteAudit {
  /** Every route. */
  readonly routes: readonly AuditedRoute[];
  /** The routes on which nothing denies: no guard, or only guards with `dangerouslyShadow`. */
  readonly unguarded: readonly AuditedRoute[];
  /** Where apps are mounted, whose routes Express does not show: audit each of them too. */
  readonly mountedApps: readonly string[];
}

/** A guard in front of other routes. */
interface Front {
  readonly path: string;
  /** `null` for every method. */
  readonly method: string | null;
  /** Whether only the path itself is guarded, and not what lies below it. */
  readonly exact: boolean;
  readonly rule: GuardRule;
}

/** Whether every path that `path` matches is one that `front` matches; when in doubt, not. */
function covers(front: Front, method: string, path: string): boolean {
  if (front.method !== null && front.method !== method) return false;
  const wanted = front.path.toLowerCase().split('/').filter(Boolean);
  const asked = path.toLowerCase().split('/').filter(Boolean);
  if (front.exact ? wanted.length !== asked.length : wanted.length > asked.length) return false;
  return wanted.every((segment, at) => /^:[a-z0-9_$]+$/.test(segment) || segment === asked[at]);
}

function rulesOf(handlers: readonly Handler[]): GuardRule[] {
  return handlers.flatMap((handler) => guardRuleOf(handler) ?? []);
}

/** `app.all` enters every method that Node knows; nobody lists as many by hand. */
const MANY_METHODS = 20;

function methodsOf({ methods }: Route): string[] {
  const names = Object.keys(methods).filter((name) => methods[name] === true);
  if (names.length > MANY_METHODS) return ['ALL'];
  return names.map((name) => (name === '_all' ? 'ALL' : name.toUpperCase()));
}

/** The handlers of a route that a method passes. */
function handlersOf({ stack, methods }: Route, method: string): Handler[] {
  const wanted = method === 'ALL' && methods._all !== true ? 'GET' : method;
  return stack
    .filter((layer) => layer.method === undefined || layer.method.toUpperCase() === wanted)
    .map(({ handle }) => handle);
}

/**
 * Lists the routes of an Express 4 or 5 app or router with their guards, nested routers included, and those
 * without one. For tests: `expect(auditRoutes(app).unguarded).toEqual([])`.
 *
 * A guard counts where it certainly runs before the last handler of the route. Middleware that answers by
 * itself, such as `express.static`, `temporaryTokens` or `managementRouter`, is no route and is not listed.
 * @throws ConfigurationError for anything but an Express app or router.
 */
export function auditRoutes(app: unknown): RouteAudit {
  const routes: AuditedRoute[] = [];
  const mountedApps: string[] = [];

  function route(found: Route, base: string, fronts: Front[]): void {
    const inward: Front[] = [];
    for (const end of pathsOf(found.path)) {
      const path = base + end;
      for (const method of methodsOf(found)) {
        const handlers = handlersOf(found, method);
        const inFront = fronts.filter((front) => covers(front, method, path)).map(({ rule }) => rule);
        if (rulesOf(handlers).length === handlers.length) {
          // Guards alone: the handlers are on later routes of the same path.
          const only = method === 'ALL' ? null : method;
          for (const rule of rulesOf(handlers)) inward.push({ path, method: only, exact: true, rule });
        } else {
          const own = rulesOf(handlers.slice(0, -1));
          routes.push({ method, path: path === '' ? '/' : path, guards: [...inFront, ...own] });
        }
      }
    }
    fronts.push(...inward);
  }

  function walk(layers: readonly Layer[], base: string, outer: readonly Front[]): void {
    const fronts = [...outer];
    for (const layer of layers) {
      if (layer.route !== undefined) {
        route(layer.route, base, fronts);
        continue;
      }
      const rule = guardRuleOf(layer.handle);
      const nested = layersOf(layer.handle);
      for (const mount of mountsOf(layer)) {
        const path = base + mount;
        if (rule !== undefined) fronts.push({ path, method: null, exact: false, rule });
        else if (nested !== null) walk(nested, path, fronts);
        else if (layer.handle.name === 'mounted_app') mountedApps.push(path === '' ? '/' : path);
      }
    }
  }

  const { layers, base } = stackOf(app);
  walk(layers, base, []);
  return {
    routes,
    unguarded: routes.filter(({ guards }) => guards.every(({ shadow }) => shadow)),
    mountedApps,
  };
}
