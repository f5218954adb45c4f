import { createHash } from 'node:crypto';
import {
  isSameDigest,
  isSha256Of,
  sha256Base64,
  sha256Base64url,
  sha256Hex,
} from '../../../lib/keys/hashing/sha256';

const digest = (text: string) => createHash('sha256').update(text, 'utf8').digest();

describe('SHA-256', () => {
  it.each(['', 'token', 'tøken', 'a\0b'])('of %j is that of node:crypto, in three notations', (text) => {
    expect(sha256Hex(text)).toBe(digest(text).toString('hex'));
    expect(sha256Base64url(text)).toBe(digest(text).toString('base64url'));
    expect(sha256Base64(text)).toBe(digest(text).toString('base64'));
    expect(isSha256Of(sha256Base64url(text), text)).toBe(true);
    expect(isSha256Of(sha256Base64url(text), `${text} `)).toBe(false);
  });

  it('differs from a digest of another length', () => {
    expect(isSameDigest('', digest('a'))).toBe(false);
    expect(isSameDigest(`${sha256Base64url('a')}AA`, digest('a'))).toBe(false);
  });
});
