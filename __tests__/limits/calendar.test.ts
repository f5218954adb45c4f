/** Calendar periods in UTC. */
import { endOfPeriod, periodName } from '../../lib/limits/calendar';

describe('a period', () => {
  it.each([
    ['day', '2026-11-22T00:00:00.000Z', '2026-11-22', '2026-11-23T00:00:00.000Z'],
    ['day', '2026-11-22T23:59:59.999Z', '2026-11-22', '2026-11-23T00:00:00.000Z'],
    ['day', '2024-02-28T12:00:00.000Z', '2024-02-28', '2024-02-29T00:00:00.000Z'],
    ['month', '2024-02-01T00:00:00.000Z', '2024-02', '2024-03-01T00:00:00.000Z'],
    ['month', '2026-12-31T23:59:59.999Z', '2026-12', '2027-01-01T00:00:00.000Z'],
  ] as const)('the %s of %s is %s and ends at %s', (period, now, name, end) => {
    expect(periodName(period, Date.parse(now))).toBe(name);
    expect(new Date(endOfPeriod(period, Date.parse(now))).toISOString()).toBe(end);
  });
});
