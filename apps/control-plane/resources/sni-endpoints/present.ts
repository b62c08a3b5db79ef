import type { SNIEndpoint as SniEndpointShape } from '@heroku-cli/schema';
import { type App, type Domain, describeCertificate, type SniEndpoint } from '@jangada/core';
import { nameUuid } from '@jangada/platform-api';

/** A certificate without its key, in the variant 3.sdk. `domains` are those that use it. */
export function presentSniEndpoint(app: App, endpoint: SniEndpoint, domains: readonly Domain[]): SniEndpointShape {
  const certificate = describeCertificate(endpoint.certificateChain);
  return {
    app: { id: app.id, name: app.name },
    certificate_chain: endpoint.certificateChain,
    created_at: endpoint.createdAt.toISOString(),
    display_name: endpoint.displayName,
    domains: domains.map((domain) => domain.id),
    id: endpoint.id,
    name: endpoint.name,
    ssl_cert: {
      id: nameUuid(`ssl-cert:${endpoint.id}:${endpoint.updatedAt.getTime()}`),
      acm: endpoint.acm,
      'ca_signed?': certificate.caSigned,
      cert_domains: [...certificate.domains],
      expires_at: certificate.expiresAt.toISOString(),
      issuer: certificate.issuer,
      'self_signed?': certificate.selfSigned,
      starts_at: certificate.startsAt.toISOString(),
      subject: certificate.subject,
    },
    updated_at: endpoint.updatedAt.toISOString(),
  };
}
