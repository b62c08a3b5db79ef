import { expect, test } from 'vitest';
import { guardChains, nameServersIn, restoreText } from './firewall.ts';

test('dynos reach neither link-local addresses nor the machine, whose questions they may answer', () => {
  expect(guardChains('0123456789ab', 'jg-0123456789ab', [])).toEqual([
    {
      name: 'JANGADA-0123456789ab-F',
      parent: 'DOCKER-USER',
      match: ['-i', 'jg-0123456789ab'],
      rules: [['-d', '169.254.0.0/16', '-j', 'DROP']],
    },
    {
      name: 'JANGADA-0123456789ab-I',
      parent: 'INPUT',
      match: ['-i', 'jg-0123456789ab'],
      rules: [
        ['-m', 'conntrack', '--ctstate', 'RELATED,ESTABLISHED', '-j', 'RETURN'],
        ['-j', 'DROP'],
      ],
    },
  ]);
});

test('the machine’s name server stays open for questions, and for nothing else, even where the metadata service is', () => {
  const [forward] = guardChains('0123456789ab', 'jg-0', ['169.254.169.254']);
  expect(forward?.rules).toEqual([
    ['-d', '169.254.169.254', '-p', 'udp', '--dport', '53', '-j', 'RETURN'],
    ['-d', '169.254.169.254', '-p', 'tcp', '--dport', '53', '-j', 'RETURN'],
    ['-d', '169.254.0.0/16', '-j', 'DROP'],
  ]);
});

test('public ports stay open, after what answers and before the rest', () => {
  const [, input] = guardChains('0123456789ab', 'jg-0', [], [80, 443]);
  expect(input?.rules).toEqual([
    ['-m', 'conntrack', '--ctstate', 'RELATED,ESTABLISHED', '-j', 'RETURN'],
    ['-p', 'tcp', '--dport', '80', '-j', 'RETURN'],
    ['-p', 'tcp', '--dport', '443', '-j', 'RETURN'],
    ['-j', 'DROP'],
  ]);
});

test('all chains change in one step', () => {
  expect(restoreText(guardChains('0123456789ab', 'jg-0', []))).toBe(`*filter
:JANGADA-0123456789ab-F - [0:0]
:JANGADA-0123456789ab-I - [0:0]
-A JANGADA-0123456789ab-F -d 169.254.0.0/16 -j DROP
-A JANGADA-0123456789ab-I -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN
-A JANGADA-0123456789ab-I -j DROP
COMMIT
`);
});

test('only name servers that a dyno can reach count', () => {
  const text = 'search x\nnameserver 127.0.0.53\nnameserver 10.1.2.3\n# nameserver 10.9.9.9\nnameserver fd00::1\n';
  expect(nameServersIn(text)).toEqual(['10.1.2.3']);
});
