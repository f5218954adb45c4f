import { metrics } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import express from 'express';
import request from 'supertest';
import { apiKeyAuth, createApiKeys, memoryStore } from '../../lib';
import { reportMetrics } from '../../lib/metrics';

interface Point {
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly value: number | { count: number };
}

describe('reportMetrics', () => {
  it('counts verifications, cache look-ups, store calls and hashes, and tells the breaker', async () => {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
    const provider = new MeterProvider({ readers: [reader] });
    const keys = createApiKeys({
      store: memoryStore(),
      pepper: 'a pepper of more than thirty-two characters',
    });
    reportMetrics(keys, provider.getMeter('latchkey'));
    const app = express();
    app.use(apiKeyAuth(keys));
    app.get('/', (_req, res) => {
      res.json({});
    });
    const { token } = await keys.create({ kind: 'secret', name: 'k' });
    for (let i = 0; i < 4; i += 1) await request(app).get('/').set('x-api-key', token).expect(200);
    await request(app).get('/').expect(401);

    await reader.forceFlush();
    const all = exporter.getMetrics()[0]?.scopeMetrics[0]?.metrics ?? [];
    const points = (name: string): [object, number][] => {
      const metric = all.find(({ descriptor }) => descriptor.name === name);
      return ((metric?.dataPoints as Point[] | undefined) ?? []).map(({ attributes, value }) => [
        attributes,
        typeof value === 'number' ? value : value.count,
      ]);
    };
    expect(points('latchkey.verifications')).toEqual([
      [{ outcome: 'granted', kind: 'secret' }, 4],
      [{ outcome: 'denied', reason: 'key_missing' }, 1],
    ]);
    expect(points('latchkey.cache.lookups')).toEqual([
      [{ result: 'hit' }, 3],
      [{ result: 'miss' }, 1],
    ]);
    expect(points('latchkey.store.duration')).toEqual([
      [{ operation: 'create', ok: true }, 1],
      [{ operation: 'findById', ok: true }, 1],
    ]);
    expect(points('latchkey.hash.duration')).toEqual([[{ algorithm: 'hmac-sha256' }, 1]]);
    expect(points('latchkey.cache.keys')).toEqual([[{}, 1]]);
    expect(points('latchkey.store.breaker')).toEqual([[{}, 0]]);
    await provider.shutdown();
  });

  it('takes the meter of the API package as it is, and refuses what is none', () => {
    const keys = createApiKeys({ store: memoryStore() });
    reportMetrics(keys, metrics.getMeter('latchkey'));
    expect(() => reportMetrics(keys, {} as never)).toThrow(/meter: must be a Meter.*received an object/);
  });
});
