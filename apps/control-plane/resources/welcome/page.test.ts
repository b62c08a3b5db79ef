import { expect, test } from 'vitest';
import { welcomePage } from './page.ts';

test('the page says where apps answer and how to go on', () => {
  expect(welcomePage({ domain: 'localhost', httpPort: 8080 })).toContain('http://NAME.localhost:8080/');
  expect(welcomePage({ domain: 'apps.example.com', httpPort: 80 })).toContain('http://NAME.apps.example.com/');
  expect(welcomePage({ domain: 'localhost', httpPort: 80 })).toContain('git push heroku main');
});
