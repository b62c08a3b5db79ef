import { expect, test } from 'vitest';
import { lastWords } from './start-platform.ts';

test("a process's last words are the message of its last report, not the line after it", () => {
  const log = '{"event":"started"}\n{"event":"failed","message":"The port \\"80\\" is taken."}\nNode.js v24\n';
  expect(lastWords(log)).toBe('The port "80" is taken');
});

test('without a report an error line says most, else the last line', () => {
  expect(lastWords('at x\nError [ERR_MODULE_NOT_FOUND]: Cannot find module\n  at y\n')).toMatch(/Cannot find module/);
  expect(lastWords('2026-11-22 UTC [1] FATAL:  data directory is gone\n')).toMatch(/data directory is gone/);
  expect(lastWords('something\n')).toBe('something');
  expect(lastWords('')).toBe('');
});
