import { describe, expect, test } from 'vitest';
import { planPush, type RefUpdate } from './ref-update.ts';

const NONE = '0'.repeat(40);
const A = 'a'.repeat(40);
const B = 'b'.repeat(40);
const update = (ref: string, after = A, before = NONE): RefUpdate => ({ ref, before, after });

describe('a push', () => {
  test.each(['main', 'master'])('to %s deploys', (branch) => {
    expect(planPush([update(`refs/heads/${branch}`)])).toMatchObject({
      kind: 'deploy',
      deploy: { ref: `refs/heads/${branch}`, after: A },
    });
  });

  test('to another branch is stored and says that it does not deploy', () => {
    const plan = planPush([update('refs/heads/feature/x')]);
    expect(plan.kind).toBe('store');
    expect(plan.notices[0]).toContain('skipping build');
    expect(plan.notices[0]).toContain('git push heroku feature/x:main');
  });

  test('of a tag is stored', () => {
    expect(planPush([update('refs/tags/v1')]).kind).toBe('store');
  });

  test('of several refs deploys the one and stores the others', () => {
    const plan = planPush([update('refs/tags/v1'), update('refs/heads/main'), update('refs/heads/dev', B)]);
    expect(plan).toMatchObject({ kind: 'deploy', deploy: { ref: 'refs/heads/main' } });
    expect(plan.notices).toHaveLength(2);
  });

  test('of main and master at once is taken only when they agree', () => {
    expect(planPush([update('refs/heads/main'), update('refs/heads/master')]).kind).toBe('deploy');
    expect(planPush([update('refs/heads/main'), update('refs/heads/master', B)]).kind).toBe('refuse');
  });

  test('that deletes a deploy branch is refused, another branch may go', () => {
    expect(planPush([update('refs/heads/main', NONE, A)])).toMatchObject({ kind: 'refuse' });
    expect(planPush([update('refs/heads/dev', NONE, A)])).toEqual({ kind: 'store', notices: [] });
  });

  test('of anything else is refused', () => {
    expect(planPush([update('refs/notes/x')]).kind).toBe('refuse');
  });
});
