/** One-way imports as a table: which part of lib/ may see which. */

/** One part of lib/ and all that it may import. */
export interface Rule {
  /** A folder (`keys/`) or a file (`errors.ts`) of lib/. The longest match decides. */
  readonly part: string;
  /** Folders and files of lib/ that it may import, beside itself. */
  readonly sees: readonly string[];
  /** Packages that it may load, type imports included. */
  readonly packages?: readonly string[];
  /** Node's own modules that it may load. */
  readonly builtins?: readonly string[];
}

const PORTS = [
  'stores/key-store.ts',
  'stores/change-bus.ts',
  'stores/usage-store.ts',
  'stores/audit-store.ts',
];
const CORE = ['errors.ts', 'denials.ts', 'option-readers.ts', 'keys/'];
const OPTIONS = ['options.ts', 'option-types.ts'];
const PURE_BUILTINS = ['node:buffer', 'node:crypto', 'node:net', 'node:url', 'node:util'];

export const RULES: readonly Rule[] = [
  { part: 'errors.ts', sees: [] },
  { part: 'denials.ts', sees: ['errors.ts'] },
  { part: 'option-readers.ts', sees: ['errors.ts'] },
  { part: 'keys/', sees: ['errors.ts', 'keys/hashing/bcrypt.ts'], builtins: PURE_BUILTINS },
  // The one native module, loaded when it is first needed.
  {
    part: 'keys/hashing/bcrypt.ts',
    sees: CORE,
    packages: ['bcrypt'],
    builtins: [...PURE_BUILTINS, 'node:module'],
  },

  // Ports know the records they carry, and nothing of who implements or calls them.
  { part: 'stores/key-store.ts', sees: ['keys/'] },
  { part: 'stores/change-bus.ts', sees: [] },
  { part: 'stores/', sees: [...CORE, ...PORTS], builtins: ['node:util'] },
  {
    part: 'stores/sql/',
    sees: [...CORE, 'stores/'],
    packages: ['kysely', 'lru-cache'],
    builtins: ['node:crypto', 'node:timers/promises', 'node:util'],
  },
  {
    part: 'stores/redis/',
    sees: [...CORE, 'stores/'],
    builtins: ['node:crypto'],
  },
  { part: 'stores/bus/', sees: [...CORE, ...PORTS], builtins: ['node:crypto'] },
  {
    part: 'stores/contract/',
    sees: [...CORE, 'stores/'],
    builtins: ['node:assert', 'node:assert/strict', 'node:crypto', 'node:util'],
  },

  {
    part: 'service/',
    sees: [...CORE, ...PORTS],
    packages: ['lru-cache', 'cockatiel'],
    builtins: ['node:crypto', 'node:events', 'node:util', 'node:timers/promises'],
  },
  {
    part: 'http/',
    sees: [...CORE, ...PORTS, 'service/'],
    packages: ['cookie', 'vary', 'express', 'connect'],
    builtins: ['node:http', 'node:net', 'node:stream', 'node:url', 'node:util'],
  },
  {
    part: 'strategies/',
    sees: [...CORE, 'service/', 'http/'],
    packages: ['passport', 'passport-custom', 'passport-strategy', 'express'],
    builtins: ['node:http'],
  },

  {
    part: 'audit/',
    sees: [...CORE, ...PORTS, 'stores/memory-audit-store.ts', 'service/', 'api-keys.ts'],
    builtins: ['node:crypto'],
  },
  {
    part: 'metrics/',
    sees: [...CORE, 'service/', 'api-keys.ts'],
    packages: ['@opentelemetry/api'],
  },
  {
    part: 'usage/',
    sees: [...CORE, ...PORTS, 'stores/memory-usage-store.ts', 'service/', 'api-keys.ts'],
    builtins: ['node:crypto'],
  },

  {
    part: 'limits/',
    sees: [...CORE, 'service/', 'http/', 'api-keys.ts'],
    packages: ['lru-cache', 'rate-limiter-flexible'],
    builtins: ['node:net', 'node:module'],
  },

  {
    part: 'management/',
    sees: [...CORE, 'service/', 'http/', 'api-keys.ts', 'api-key-auth.ts'],
    packages: ['zod'],
    builtins: ['node:http'],
  },

  // Drivers and the host's configuration are found at run time, so their names stand in no import.
  {
    part: 'cli/',
    sees: [
      ...CORE,
      ...PORTS,
      'stores/sql/',
      'stores/redis/',
      'service/',
      'usage/',
      'audit/',
      'api-keys.ts',
      'option-types.ts',
      'cli/load-config.ts',
    ],
    packages: ['commander'],
    builtins: ['node:fs', 'node:module', 'node:path', 'node:stream', 'node:url'],
  },
  {
    part: 'cli/load-config.ts',
    sees: ['option-types.ts', 'cli/'],
    packages: ['(computed)'],
    builtins: ['node:fs', 'node:path', 'node:url'],
  },

  // The root puts the parts together; it never reaches into what has a subpath of its own.
  { part: 'option-types.ts', sees: [...CORE, ...PORTS, 'service/', 'http/'] },
  { part: 'options.ts', sees: [...CORE, ...PORTS, 'service/', 'http/', 'option-types.ts'] },
  { part: 'api-keys.ts', sees: [...CORE, ...PORTS, 'service/', 'http/', 'strategies/', ...OPTIONS] },
  {
    part: 'api-key-auth.ts',
    sees: [
      ...CORE,
      'service/',
      'http/',
      'strategies/',
      'api-keys.ts',
      'limits/failed-attempts.ts',
      'limits/read-limit.ts',
    ],
  },
  { part: 'temporary-tokens.ts', sees: ['http/', 'api-keys.ts', 'api-key-auth.ts'] },
  { part: 'upgrade.ts', sees: [...CORE, 'service/', 'http/', 'api-keys.ts'] },
  {
    part: 'index.ts',
    sees: [
      ...CORE,
      ...PORTS,
      'stores/memory-store.ts',
      'stores/bus/memory-bus.ts',
      'service/',
      'http/',
      'strategies/',
      'option-types.ts',
      'api-keys.ts',
      'api-key-auth.ts',
      'temporary-tokens.ts',
      'upgrade.ts',
    ],
  },
];

/** What `index.ts` must never load, however deep: drivers, faces, and the packages that only they need. */
export const NOT_IN_CORE = {
  parts: ['stores/sql/', 'stores/redis/', 'stores/contract/', 'management/', 'console/', 'cli/', 'oauth/'],
  packages: [
    'better-sqlite3',
    'commander',
    'express',
    'ioredis',
    'jose',
    'kysely',
    'mysql2',
    'oauth4webapi',
    'passport',
    'pg',
    'redis',
    'zod',
  ],
};

/** The parts of `node:net` that do no input or output. */
export const PURE_NET = ['BlockList', 'SocketAddress', 'isIP', 'isIPv4', 'isIPv6'];

/** The rule that a file falls under: the longest part that holds it. */
export function ruleOf(file: string): Rule | undefined {
  return RULES.filter((rule) => holds(rule.part, file)).sort((a, b) => b.part.length - a.part.length)[0];
}

/** Whether a file is, or lies under, a part. */
export function holds(part: string, file: string): boolean {
  return part.endsWith('/') ? file.startsWith(part) : file === part;
}
