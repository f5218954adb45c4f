import { invalidKey } from '../../lib/denials';
import { internalsOf } from '../../lib/api-keys';
import { Credential } from '../../lib/http/credential';
import { createRunStrategy, type Outcome } from '../../lib/strategies/run-strategy';
import { createTestKeys } from '../http/test-keys';

const SECRET = 1;

it('what breaks while a refusal is answered is a failure, not silence', async () => {
  const { keys } = await createTestKeys();
  const broken = new Error('the response is gone');
  const outcome = {
    granted: jest.fn(),
    denied: jest.fn(() => {
      throw broken;
    }),
    failed: jest.fn(),
  } satisfies Outcome;
  const run = createRunStrategy(internalsOf(keys).strategies.secret, outcome);
  const credential = new Credential('x', SECRET, 'header');
  run({} as never, {} as never, () => {}, credential);
  expect(outcome.failed).toHaveBeenCalledWith(expect.objectContaining({ credential }), broken);
  expect(credential.denial).toBe(invalidKey('key_malformed'));
  expect(outcome.granted).not.toHaveBeenCalled();
});

it('writes nothing on the strategy, which all requests share', async () => {
  const { keys, tokens } = await createTestKeys();
  const strategy = internalsOf(keys).strategies.secret;
  const before = Reflect.ownKeys(strategy);
  const granted = jest.fn();
  const run = createRunStrategy(strategy, { granted, denied: jest.fn(), failed: jest.fn() });
  await keys.verify(tokens.secret);
  run({ headers: {} } as never, {} as never, () => {}, new Credential(tokens.secret, SECRET, 'header'));
  expect(granted).toHaveBeenCalledTimes(1);
  expect(Reflect.ownKeys(strategy)).toEqual(before);
});
