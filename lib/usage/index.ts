/** `latchkey/usage`: what keys did, by day. */
export { findAnomalies, type Anomaly, type AnomalyOptions } from './anomalies';
export { memoryUsageStore } from '../stores/memory-usage-store';
export { trackUsage, type TrackUsageOptions, type Usage } from './track-usage';
export type { UnusedOptions } from './unused-keys';
export { usageToCsv, usageToJson, type DailyUsage, type DayRange } from './usage-report';
export type { UsageBatch, UsageCounts, UsageQuery, UsageRow, UsageStore } from '../stores/usage-store';
