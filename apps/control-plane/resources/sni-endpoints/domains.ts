import { coversHostname, type Domain, describeCertificate, type Rows, type SniEndpoint } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';

/** Throws `invalid_params` when the certificate is not for this domain: clients would refuse it. */
export function requireCovers(endpoint: Pick<SniEndpoint, 'name' | 'certificateChain'>, hostname: string): void {
  const { domains } = describeCertificate(endpoint.certificateChain);
  if (coversHostname(domains, hostname)) return;
  throw new PlatformError(
    'invalid_params',
    `The certificate ${endpoint.name} is for ${domains.join(', ')}, not for ${hostname}. Add one that is for ${hostname}.`,
  );
}

/** The newest uploaded certificate of the app that is for `hostname`, or null. */
export async function certificateFor(rows: Rows, appId: string, hostname: string): Promise<SniEndpoint | null> {
  const endpoints = await rows.sniEndpoints.list({ appId, acm: false }, { direction: 'desc' });
  const covers = (endpoint: SniEndpoint): boolean =>
    coversHostname(describeCertificate(endpoint.certificateChain).domains, hostname);
  return endpoints.find(covers) ?? null;
}

/** Removes the certificate that the platform got for this domain alone, once the domain does not use it any more. */
export async function forgetIssued(rows: Rows, domain: Domain): Promise<void> {
  const used = domain.sniEndpointId === null ? null : await rows.sniEndpoints.get(domain.sniEndpointId);
  if (used?.acm) await rows.sniEndpoints.delete(used.id);
}

/** Custom domains by the certificate that they use. */
export async function domainsByEndpoint(
  rows: Rows,
  appId: string,
): Promise<ReadonlyMap<string | null, readonly Domain[]>> {
  return Map.groupBy(await rows.domains.list({ appId, kind: 'custom' }), (domain) => domain.sniEndpointId);
}
