import type { Domain as DomainShape } from '@heroku-cli/schema';
import type { App, Domain } from '@jangada/core';

export function presentDomain(app: App, domain: Domain): DomainShape {
  return {
    acm_status: null,
    acm_status_reason: null,
    app: { id: app.id, name: app.name },
    cname: domain.cname,
    created_at: domain.createdAt.toISOString(),
    hostname: domain.hostname,
    id: domain.id,
    kind: domain.kind,
    sni_endpoint: null,
    status: domain.kind === 'heroku' ? 'none' : 'succeeded',
    updated_at: domain.updatedAt.toISOString(),
  };
}
