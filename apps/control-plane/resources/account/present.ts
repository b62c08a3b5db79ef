import type { Account as AccountShape } from '@heroku-cli/schema';
import type { Account } from '@jangada/core';

/** An account as its owner sees it. */
export function presentAccount(account: Account): AccountShape {
  return {
    allow_tracking: false,
    beta: false,
    country_of_residence: null,
    created_at: account.createdAt.toISOString(),
    default_organization: null,
    default_team: null,
    delinquent_at: null,
    eco_dynos_enabled: true,
    email: account.email,
    federated: false,
    id: account.id,
    identity_provider: null,
    last_login: account.lastLogin?.toISOString() ?? null,
    name: account.name,
    sms_number: null,
    suspended_at: account.suspendedAt?.toISOString() ?? null,
    two_factor_authentication: false,
    updated_at: account.updatedAt.toISOString(),
    verified: true,
  };
}

/** An account as people see it who share an app with it. */
export function presentPerson({ id, email, name }: Account): AccountShape {
  return { email, federated: false, id, name };
}
