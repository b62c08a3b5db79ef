import type { Collaborator, Rows } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { isUuid } from '../../auth/require-app.ts';

/** A collaborator by e-mail address, account id or its own id. Throws `not_found`. */
export async function findCollaborator(rows: Rows, appId: string, asked: string): Promise<Collaborator> {
  const collaborators = await rows.collaborators.list({ appId });
  const account = isUuid(asked) ? null : await rows.accounts.find({ email: asked.toLowerCase() });
  const accountId = account?.id ?? asked;
  const found = collaborators.find((one) => one.id === asked || one.accountId === accountId);
  if (!found) throw new PlatformError('not_found', "Couldn't find that collaborator.", { resource: 'collaborator' });
  return found;
}
