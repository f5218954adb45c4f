/** The memory store keeps the contract. */
import { memoryStore } from '../../lib/stores/memory-store';
import { testKeyStore } from '../../lib/stores/contract';

testKeyStore({ name: 'memory', create: () => memoryStore() });
