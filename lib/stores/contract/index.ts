/** The subpath `latchkey/testing`: the KeyStore contract as a test suite, and records to test with. */
export { FIXTURE_TIME, recordFixture } from './record-fixture';
export { testKeyStore } from './test-key-store';
export type { KeyStoreSuiteOptions, StoreCapabilities, TestFramework } from './test-key-store';
