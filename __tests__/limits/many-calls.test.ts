/** Calls to a store that run at the same time. */
import { createStoreClient } from '../../lib/service/store-client';

describe('the client of a store', () => {
  it('runs a hundred calls at once without a warning of Node', async () => {
    const warnings: Error[] = [];
    const note = (warning: Error): void => void warnings.push(warning);
    process.on('warning', note);
    const client = createStoreClient({
      store: { answer: () => Promise.resolve(1) },
      timeout: 1_000,
      maxInFlight: 100,
      onDown: () => undefined,
      onUp: () => undefined,
    });
    const calls = Array.from({ length: 100 }, () => client.call('answer', (store) => store.answer()));
    expect(await Promise.all(calls)).toHaveLength(100);
    await new Promise(setImmediate);
    process.off('warning', note);
    expect(warnings).toEqual([]);
  });
});
