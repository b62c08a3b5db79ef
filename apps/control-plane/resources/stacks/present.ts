import type { Stack as StackShape } from '@heroku-cli/schema';
import { type Stack, stackReference } from './catalog.ts';

/** Stacks come with the platform, so they have no dates of their own. */
const SINCE = '2026-01-01T00:00:00.000Z';

export function presentStack(stack: Stack): StackShape {
  return {
    ...stackReference(stack.name),
    created_at: SINCE,
    default: stack.isDefault,
    state: 'public',
    updated_at: SINCE,
  };
}
