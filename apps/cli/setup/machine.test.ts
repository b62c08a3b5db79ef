import { expect, test } from 'vitest';
import { judgeMachine, type MachineFacts } from './machine.ts';

const FACTS: MachineFacts = {
  uid: 0,
  platform: 'linux',
  arch: 'x64',
  osRelease: 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nVERSION_ID="13"\nID=debian\n',
  freeBytes: 50 * 1024 ** 3,
  folder: '/var/lib/jangada',
};

test('a Debian 13 machine with root and space is fine', () => {
  expect(judgeMachine(FACTS)).toEqual({ name: 'Debian GNU/Linux 13 (trixie)', isDebian: true });
});

test('too little space is refused with the figure and the setting that helps', () => {
  expect(() => judgeMachine({ ...FACTS, freeBytes: 2.5 * 1024 ** 3 })).toThrow(/Only 2\.5 GB .* JANGADA_HOME/);
});

test('an ordinary user is told to become root', () => {
  expect(() => judgeMachine({ ...FACTS, uid: 1000 })).toThrow(/as root/);
});

test('another system is not refused here, because its programs may all be there', () => {
  expect(judgeMachine({ ...FACTS, osRelease: 'ID=fedora\nVERSION_ID="40"\nPRETTY_NAME="Fedora 40"\n' })).toEqual({
    name: 'Fedora 40',
    isDebian: false,
  });
});
