/** An app whose key metrics Prometheus reads on port 9464, at /metrics. */
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import express from 'express';
import { apiKeyAuth, createApiKeys, memoryStore } from 'latchkey';
import { reportMetrics } from 'latchkey/metrics';

const exporter = new PrometheusExporter({
  host: '127.0.0.1',
  port: Number(process.env.METRICS_PORT ?? 9464),
});
const provider = new MeterProvider({ readers: [exporter] });

const keys = createApiKeys({ store: memoryStore() });
reportMetrics(keys, provider.getMeter('latchkey'));

const app = express();
app.use(apiKeyAuth(keys));
app.get('/', (req, res) => {
  res.json({ hello: req.apiKey.name });
});

const { token } = await keys.create({ kind: 'secret', name: 'prometheus example' });
const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  const { port } = server.address();
  console.log(`KEY=${token}`);
  console.log(`curl -H "X-API-Key: $KEY" http://127.0.0.1:${port}/`);
  console.log('curl http://127.0.0.1:9464/metrics');
});

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    server.close();
    server.closeIdleConnections();
    await keys.close();
    await provider.shutdown();
  });
}
