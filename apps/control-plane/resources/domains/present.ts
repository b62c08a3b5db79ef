import type { Domain as DomainShape } from '@heroku-cli/schema';
import type { App, Domain, Rows, SniEndpoint } from '@jangada/core';

/** Domains of one app, with the certificates that they use. */
export async function presentDomains(rows: Rows, app: App, domains: readonly Domain[]): Promise<DomainShape[]> {
  const ids = new Set(domains.flatMap((domain) => domain.sniEndpointId ?? []));
  const endpoints = ids.size === 0 ? [] : await rows.sniEndpoints.list({ appId: app.id, id: [...ids] });
  const byId = new Map(endpoints.map((endpoint) => [endpoint.id, endpoint]));
  return domains.map((domain) => presentDomain(app, domain, byId.get(domain.sniEndpointId ?? '') ?? null));
}

function presentDomain(app: App, domain: Domain, endpoint: SniEndpoint | null): DomainShape {
  return {
    acm_status: acmStatusOf(app, domain, endpoint),
    acm_status_reason: domain.acmStatusReason,
    app: { id: app.id, name: app.name },
    cname: domain.cname,
    created_at: domain.createdAt.toISOString(),
    hostname: domain.hostname,
    id: domain.id,
    kind: domain.kind,
    sni_endpoint: endpoint ? { id: endpoint.id, name: endpoint.name } : null,
    status: domain.kind === 'heroku' ? 'none' : 'succeeded',
    updated_at: domain.updatedAt.toISOString(),
  };
}

/** As `certs:auto --wait` waits for it, which goes by each custom domain: one with a certificate of a person's has what it needs. */
function acmStatusOf(app: App, { acmStatus }: Domain, endpoint: SniEndpoint | null): string | null {
  const isServed = acmStatus === 'ok' || (app.acm && endpoint !== null && !endpoint.acm);
  return isServed ? 'cert issued' : acmStatus;
}
