import { describe, expect, test } from 'vitest';
import { parseProcfile, processCommand } from './procfile.ts';

interface Case {
  readonly says: string;
  readonly text: string;
  readonly types: Record<string, string>;
  /** Number of warnings. */
  readonly warnings?: number;
}

const LONG = 'a'.repeat(63);
const CONFLICT = `<<<<<<< HEAD
web: npm start
worker: npm worker
=======
web: npm start --fast
worker: npm worker --fast
>>>>>>> branch: faster
`;

/** The case table of builds 2.2. "Decided:" marks cases that the table leaves open. */
const CASES: readonly Case[] = [
  { says: 'one type', text: 'web: rails s', types: { web: 'rails s' } },
  {
    says: 'two types, order kept',
    text: 'web: rails s\nworker: rake sidekiq',
    types: { web: 'rails s', worker: 'rake sidekiq' },
  },
  {
    says: 'names with digits, dashes and underscores unchanged',
    text: 'alpha: a\nbravo: b\nfoo-bar: c\nfoo_bar: d',
    types: { alpha: 'a', bravo: 'b', 'foo-bar': 'c', foo_bar: 'd' },
  },
  { says: 'names of one and two characters', text: 'a: x\naa: x', types: { a: 'x', aa: 'x' } },
  { says: 'an inner dash', text: 'iamastrictly-validkey: x', types: { 'iamastrictly-validkey': 'x' } },
  {
    says: 'upper case kept',
    text: 'IamAvalidKeyButNotStrictly: x',
    types: { IamAvalidKeyButNotStrictly: 'x' },
  },
  { says: 'a name of 63 characters', text: `${LONG}: x`, types: { [LONG]: 'x' } },
  { says: 'Decided: a leading dash is accepted as the expression has it', text: '-key: x', types: { '-key': 'x' } },
  { says: 'Decided: a trailing dash is accepted as the expression has it', text: 'key-: x', types: { 'key-': 'x' } },
  { says: 'Decided: a type without a command warns and is left out', text: 'web:', types: {}, warnings: 1 },
  { says: 'a line without a colon warns', text: '&&&&&', types: {}, warnings: 1 },
  { says: 'Decided: an empty file warns and counts as no Procfile', text: '', types: {}, warnings: 1 },
  { says: 'Decided: a file with one newline warns too', text: '\n', types: {}, warnings: 1 },
  { says: 'comments, indented ones too', text: '# x\n # y: z\nweb: a', types: { web: 'a' } },
  { says: 'a # inside a command', text: 'web: x # y', types: { web: 'x # y' } },
  {
    says: 'Decided: an indented entry is taken with a warning, because losing web silently is worse',
    text: '\n# c\n   web: echo foo: bar',
    types: { web: 'echo foo: bar' },
    warnings: 1,
  },
  { says: 'CRLF without the CR in the command', text: 'web: a\r\nworker: b\r\n', types: { web: 'a', worker: 'b' } },
  { says: 'the last of equal names with a warning', text: 'web: a\nweb: b', types: { web: 'b' }, warnings: 1 },
  {
    says: 'merge-conflict markers with warnings, the last version winning',
    text: CONFLICT,
    types: { web: 'npm start --fast', worker: 'npm worker --fast' },
    warnings: 5,
  },
  { says: 'no newline at the end', text: 'web: a\nworker: b', types: { web: 'a', worker: 'b' } },
  { says: 'a byte order mark', text: '\uFEFFweb: a', types: { web: 'a' } },
  { says: 'no space after the colon', text: 'web:a', types: { web: 'a' } },
];

const ERRORS: readonly { says: string; text: string; message: RegExp }[] = [
  { says: 'a name of 64 characters', text: `${LONG}a: x`, message: /64 characters; at most 63/ },
  {
    says: 'a dot in a name, pointing at it',
    text: 'is_w.e.b: x',
    message: /"\." \(character 5\).*line 1 of the Procfile/,
  },
  { says: 'a missing name', text: 'web: a\n: rails -s', message: /missing before the ":" in line 2/ },
];

describe('a Procfile', () => {
  for (const { says, text, types, warnings = 0 } of CASES) {
    test(`accepts ${says}`, () => {
      const procfile = parseProcfile(text);
      expect(procfile.types).toEqual(types);
      expect(Object.keys(procfile.types)).toEqual(Object.keys(types));
      expect(procfile.warnings).toHaveLength(warnings);
    });
  }

  for (const { says, text, message } of ERRORS) {
    test(`is refused for ${says}`, () => {
      expect(() => parseProcfile(text)).toThrow(message);
    });
  }

  test('can hold a type called like a property of every object', () => {
    expect(Object.entries(parseProcfile('__proto__: x\nconstructor: y').types)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
  });
});

describe('the command of a process type', () => {
  test('is found by name', () => {
    expect(processCommand({ web: 'a' }, 'web')).toBe('a');
  });

  test('that does not exist is an error that names the types there are', () => {
    expect(() => processCommand({ worker: 'a', web: 'b' }, 'invalid-proc')).toThrow(
      'There is no process type "invalid-proc". The app declares: web, worker.',
    );
    expect(() => processCommand({ web: 'b' }, 'constructor')).toThrow(/no process type "constructor"/);
  });
});
