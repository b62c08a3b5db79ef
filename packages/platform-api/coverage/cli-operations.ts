import type { ApiLink } from './links.ts';

/** Operations that the official CLI uses and no published schema contains (platform-api-links, last section). */
export const CLI_OPERATIONS: readonly ApiLink[] = [
  { resource: 'key', method: 'POST', path: '/account/keys', title: 'Create' },
  { resource: 'key', method: 'DELETE', path: '/account/keys/{fingerprint}', title: 'Delete' },
  { resource: 'oauth-session', method: 'GET', path: '/oauth/sessions', title: 'List' },
  { resource: 'oauth-session', method: 'DELETE', path: '/oauth/sessions/{session}', title: 'Delete' },
  { resource: 'account-quota', method: 'GET', path: '/accounts/{account}/actions/get-quota', title: 'Info' },
  { resource: 'repository', method: 'GET', path: '/pipelines/{pipeline}/repo', title: 'Info' },
  { resource: 'repository', method: 'GET', path: '/pipelines/{pipeline}/repo/branches/{branch}', title: 'Branch' },
  { resource: 'dyno', method: 'GET', path: '/spaces/{space}/dynos', title: 'List By Space' },
];
