/** `latchkey/metrics`: counts and times for OpenTelemetry. */
export type {
  Attributes,
  CounterLike,
  HistogramLike,
  MeterLike,
  ObservableLike,
  ObservableResultLike,
} from './meter-like';
export { reportMetrics } from './report-metrics';
