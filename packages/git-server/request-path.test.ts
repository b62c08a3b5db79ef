import { describe, expect, test } from 'vitest';
import { parseBasicCredentials, parseGitRequest } from './request-path.ts';

describe('a request', () => {
  test('of a git client is recognised', () => {
    expect(parseGitRequest('GET', '/shop.git/info/refs?service=git-receive-pack')).toEqual({
      appName: 'shop',
      step: 'advertise',
      service: 'git-receive-pack',
    });
    expect(parseGitRequest('POST', '/shop.git/git-upload-pack')).toEqual({
      appName: 'shop',
      step: 'exchange',
      service: 'git-upload-pack',
    });
  });

  test('for anything else is left to others', () => {
    expect(parseGitRequest('GET', '/apps/shop')).toBeNull();
    expect(parseGitRequest('GET', '/a/b.git/info/refs')).toBeNull();
    expect(parseGitRequest('GET', '//')).toBeNull();
  });

  test('of the dumb protocol is refused clearly', () => {
    expect(() => parseGitRequest('GET', '/shop.git/info/refs')).toThrow(/smart HTTP/);
    expect(() => parseGitRequest('GET', '/shop.git/objects/info/packs')).toThrow(/smart HTTP/);
  });

  test('with a wrong method or service is refused', () => {
    expect(() => parseGitRequest('GET', '/shop.git/git-receive-pack')).toThrow(/method/);
    expect(() => parseGitRequest('GET', '/shop.git/info/refs?service=rm')).toThrow(/no git service/);
    expect(() => parseGitRequest('GET', '/shop.git/../../etc')).not.toThrow();
    expect(() => parseGitRequest('GET', '/shop.git/config')).toThrow(/git repository/);
  });
});

describe('Basic credentials', () => {
  const header = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

  test('are read, passwords with colons too', () => {
    expect(parseBasicCredentials(header('heroku:to:ken'))).toEqual({ user: 'heroku', password: 'to:ken' });
    expect(parseBasicCredentials(header(':token'))).toEqual({ user: '', password: 'token' });
  });

  test('that are missing or broken are none', () => {
    expect(parseBasicCredentials(undefined)).toBeNull();
    expect(parseBasicCredentials('Bearer x')).toBeNull();
    expect(parseBasicCredentials(header('no colon'))).toBeNull();
  });
});
