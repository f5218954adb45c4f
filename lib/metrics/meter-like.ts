/** The part of the OpenTelemetry metrics API that is used, so that the library need not load it. */

/** Attributes of a measurement. Never a key id: there may be any number of them. */
export type Attributes = Record<string, string | number | boolean>;

/** `Counter` of `@opentelemetry/api`. */
export interface CounterLike {
  add(value: number, attributes?: Attributes): void;
}

/** `Histogram` of `@opentelemetry/api`. */
export interface HistogramLike {
  record(value: number, attributes?: Attributes): void;
}

/** `ObservableResult` of `@opentelemetry/api`. */
export interface ObservableResultLike {
  observe(value: number, attributes?: Attributes): void;
}

/** `ObservableCounter` and `ObservableGauge` of `@opentelemetry/api`. */
export interface ObservableLike {
  addCallback(callback: (result: ObservableResultLike) => void): void;
}

/** `Meter` of `@opentelemetry/api`, 1.3 or later. */
export interface MeterLike {
  createCounter(name: string, options?: { description?: string; unit?: string }): CounterLike;
  createHistogram(name: string, options?: { description?: string; unit?: string }): HistogramLike;
  createObservableCounter(name: string, options?: { description?: string; unit?: string }): ObservableLike;
  createObservableGauge(name: string, options?: { description?: string; unit?: string }): ObservableLike;
}
