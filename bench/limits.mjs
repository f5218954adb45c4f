/**
 * What a limit costs: `npm run bench:limits`. Every contestant is the same app with `apiKeyAuth` and a guard, and
 * only the limiter after them changes. `--rounds N` sets how often each takes its turn; `--json` prints numbers
 * for programs; `--smoke` only checks that it works.
 */
import { parseArgs } from 'node:util';
import { rateLimit } from 'express-rate-limit';
import { apiKeyAuth, memoryStore } from 'latchkey';
import { keyRateLimit } from 'latchkey/limits';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { SCOPE, apiKeys, appWith, createMany } from './contestants.mjs';
import { bearer, requestText } from './requests.mjs';
import { measureThroughput } from './throughput.mjs';

const { values } = parseArgs({
  options: {
    smoke: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    rounds: { type: 'string' },
  },
});
const plan = values.smoke ? { rounds: 2, turnMs: 15 } : { rounds: 150, turnMs: 60 };
if (values.rounds !== undefined) plan.rounds = Number(values.rounds);

/** Never reached, so that every request is counted and none refused. */
const LIMIT = 1_000_000_000;
const WINDOW = 3_600;
const HOUR = { limit: LIMIT, windowSeconds: WINDOW };

/** rate-limiter-flexible in memory, with the same headers, as its documentation wires it into Express. */
function flexible() {
  const limiter = new RateLimiterMemory({ points: LIMIT, duration: WINDOW });
  return (req, res, next) => {
    limiter.consume(req.apiKey.id).then(
      (state) => {
        res.setHeader('X-RateLimit-Limit', LIMIT);
        res.setHeader('X-RateLimit-Remaining', state.remainingPoints);
        res.setHeader('X-RateLimit-Reset', Math.ceil((Date.now() + state.msBeforeNext) / 1000));
        next();
      },
      () => res.status(429).end(),
    );
  };
}

const keys = apiKeys(memoryStore());
const tokens = (await createMany(keys, 16)).map(({ token }) => token);
const good = tokens.map((token) => requestText(bearer(token)));

const contestant = (name, label, ...limiters) => ({
  name,
  label,
  app: appWith([apiKeyAuth(keys), ...limiters], keys.requireScope(SCOPE)),
  good,
  bad: null,
  sends: good,
  status: 200,
});

const contestants = [
  contestant('bare', 'no limit'),
  contestant('bareAgain', 'no limit again (the noise)'),
  contestant('keyRateLimit', 'keyRateLimit', keyRateLimit(keys, { default: HOUR })),
  contestant(
    'several',
    'keyRateLimit, two limits and the headers of the IETF draft',
    keyRateLimit(keys, {
      name: 'several',
      default: HOUR,
      also: { burst: { limit: LIMIT, windowSeconds: 1 } },
      ietfHeaders: true,
    }),
  ),
  contestant('flexible', 'rate-limiter-flexible in memory', flexible()),
  contestant(
    'expressRateLimit',
    'express-rate-limit',
    rateLimit({ windowMs: WINDOW * 1000, limit: LIMIT, keyGenerator: (req) => req.apiKey.id }),
  ),
];

const figures = await measureThroughput(contestants, plan);
await keys.close();
const rows = contestants.map(({ name, label }) => ({ name, label, ...figures[name] }));
if (values.json)
  process.stdout.write(`${JSON.stringify({ node: process.version, ...plan, rows }, null, 2)}\n`);
else {
  const ratio = (value) => value.toFixed(3).padStart(8);
  const lines = rows.map(({ label, perSecond, ofBare, ofBareByCpu, ofBareUndisturbed }) => {
    const ratios = [ofBare.median, ofBareByCpu.median, ofBareUndisturbed].map(ratio).join('');
    return `${label.padEnd(62)}${perSecond.median.toFixed(0).padStart(8)}${ratios}`;
  });
  const columns = ['per s', 'ratio', 'by CPU', 'calm'].map((name) => name.padStart(8)).join('');
  const head = `${'limiter (calm: the fastest tenth of the turns)'.padEnd(62)}${columns}`;
  process.stdout.write(`${[head, ...lines].join('\n')}\n`);
}
