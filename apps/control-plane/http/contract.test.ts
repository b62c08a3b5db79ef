import { makeCertificate } from '@jangada/conformance';
import { DEFAULT_SETTINGS, systemClock } from '@jangada/core';
import { readPublishedSchema } from '@jangada/platform-api';
import { expect, test } from 'vitest';
import { createContractCheck } from './testing/published-schema.ts';
import { createTestApi } from './testing/test-api.ts';

const published = await readPublishedSchema();

/** Fields of the published shapes that we leave out, by resource of the path. Everything else must be there. */
const LEFT_OUT: Readonly<Record<string, readonly string[]>> = {
  // Billing, telephone numbers, second factors and terms of Heroku's own business.
  'GET /account': [
    'pipeline_cost_consent_at',
    'acknowledged_msa',
    'acknowledged_msa_at',
    'italian_customer_terms',
    'italian_partner_terms',
    'mfa_enabled',
    'mfa_exemption',
    'mfa_exemption_reason',
    'mfa_experience',
    'eco_dynos_shutdown_at',
  ],
  // The shape is that of an app in a team.
  'POST /filters/apps': ['joined'],
};

test.skipIf(published === null)(
  'every answer fits the published schema (3.sdk); skipped where shared/spec/schemas is not beside the repository',
  async () => {
    const check = createContractCheck(published!);
    const api = await createTestApi({
      clock: systemClock,
      settings: { ...DEFAULT_SETTINGS, installId: '0123456789ab', acmeDirectory: 'http://127.0.0.1:1/' },
    });
    await api.addPerson('bia@example.com');

    /** `{app}` and the like in the path are filled in from `values`. */
    const look = async (request: string, body?: unknown, values: Record<string, string> = {}) => {
      const filled = request.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? 'demo');
      const answer = await api.call(filled, body);
      expect(answer.status, `${filled}: ${JSON.stringify(answer.body)}`).toBeLessThan(300);
      const [method = '', path = ''] = request.split(' ');
      const findings = check.look(method, path, answer.body);
      expect(findings, `${request} is in the published API`).not.toBeNull();
      expect(findings?.faults, request).toEqual([]);
      expect(
        findings?.missing.filter((field) => !LEFT_OUT[request]?.includes(field)),
        request,
      ).toEqual([]);
      return answer.body;
    };

    await look('GET /account');
    await look('GET /account/rate-limits');
    await look('POST /apps', { name: 'demo' });
    const { id: appId } = await look('GET /apps/{app}');
    const slug = await api.deploy(await api.appNamed('demo'), { web: 'npm start', worker: 'node worker.js' });
    await look('GET /apps');
    await look('POST /filters/apps', { in: { id: [appId] } });
    await look('PATCH /apps/{app}', { maintenance: true });
    await look('PATCH /apps/{app}/config-vars', { FOO: 'bar' });
    await look('GET /apps/{app}/config-vars');
    await look('GET /apps/{app}/releases');
    await look('GET /apps/{app}/releases/{release}', undefined, { release: '3' });
    await look('GET /apps/{app}/releases/{release}/config-vars', undefined, { release: 'v4' });
    await look('POST /apps/{app}/releases', { release: 3 });
    await look('GET /apps/{app}/slugs/{slug}', undefined, { slug: slug.id });
    await look('POST /apps/{app}/slugs', { process_types: { web: 'npm start' } });
    await look('POST /sources');
    const build = await look('POST /apps/{app}/builds', { source_blob: { url: 'http://127.0.0.1/' } });
    await expect
      .poll(async () => (await look('GET /apps/{app}/builds/{build}', undefined, { build: build.id })).status)
      .toBe('failed');
    const setup = await look('POST /app-setups', { source_blob: { url: 'http://127.0.0.1/' } });
    await expect
      .poll(async () => (await look('GET /app-setups/{setup}', undefined, { setup: setup.id })).status)
      .toBe('failed');
    await look('GET /apps/{app}/formation');
    await look('GET /apps/{app}/formation/{type}', undefined, { type: 'web' });
    await look('PATCH /apps/{app}/formation', { updates: [{ type: 'web', quantity: '+1' }] });
    await look('PATCH /apps/{app}/formation/{type}', { quantity: 0 }, { type: 'web' });
    await look('POST /apps/{app}/domains', { hostname: 'www.example.com', sni_endpoint: null });
    await look('GET /apps/{app}/domains');
    await look('GET /apps/{app}/domains/{domain}', undefined, { domain: 'www.example.com' });
    const pair = makeCertificate({ names: ['www.example.com'] });
    const upload = { certificate_chain: pair.cert, private_key: pair.key };
    const { name: endpoint } = await look('POST /apps/{app}/sni-endpoints', upload);
    await look('GET /apps/{app}/sni-endpoints');
    await look('GET /apps/{app}/sni-endpoints/{endpoint}', undefined, { endpoint });
    await look('PATCH /apps/{app}/sni-endpoints/{endpoint}', upload, { endpoint });
    await look('PATCH /apps/{app}/domains/{domain}', { sni_endpoint: endpoint }, { domain: 'www.example.com' });
    for (const method of ['POST', 'PATCH', 'DELETE']) await look(`${method} /apps/{app}/acm`, {});
    await look('DELETE /apps/{app}/sni-endpoints/{endpoint}', undefined, { endpoint });
    await look('DELETE /apps/{app}/domains/{domain}', undefined, { domain: 'www.example.com' });
    await look('POST /apps/{app}/collaborators', { user: 'bia@example.com' });
    await look('GET /apps/{app}/collaborators');
    await look('GET /apps/{app}/collaborators/{email}', undefined, { email: 'bia@example.com' });
    await look('DELETE /apps/{app}/collaborators/{email}', undefined, { email: 'bia@example.com' });
    await look('GET /apps/{app}/features');
    await look('PATCH /apps/{app}/features/{feature}', { enabled: true }, { feature: 'preboot' });
    await look('GET /apps/{app}/features/{feature}', undefined, { feature: 'preboot' });
    await look('PUT /apps/{app}/buildpack-installations', { updates: [{ buildpack: 'heroku/nodejs' }] });
    await look('GET /apps/{app}/buildpack-installations');
    await look('POST /apps/{app}/log-sessions', { tail: false });
    await look('GET /apps/{app}/builds');
    await look('GET /apps/{app}/dynos');
    await look('GET /dyno-sizes');
    await look('GET /dyno-sizes/{size}', undefined, { size: 'standard-1x' });
    await look('GET /stacks');
    await look('GET /stacks/{stack}', undefined, { stack: 'container' });
    await look('GET /regions');
    await look('GET /regions/{region}', undefined, { region: 'local' });
    const { id: authorization } = await look('POST /oauth/authorizations', { description: 'robot' });
    await look('GET /oauth/authorizations');
    await look('GET /oauth/authorizations/{authorization}', undefined, { authorization });
    await look('PATCH /oauth/authorizations/{authorization}', { description: 'robots' }, { authorization });
    await look('POST /oauth/authorizations/{authorization}/actions/regenerate-tokens', undefined, { authorization });
    await look('DELETE /oauth/authorizations/{authorization}', undefined, { authorization });
    const { id: pipeline } = await look('POST /pipelines', { name: 'line' });
    await look('POST /apps', { name: 'target' });
    const couple = { app: 'demo', pipeline, stage: 'staging' };
    const { id: coupling } = await look('POST /pipeline-couplings', couple);
    const target = await look('POST /pipeline-couplings', { ...couple, app: 'target', stage: 'production' });
    await look('PATCH /pipeline-couplings/{coupling}', { stage: 'development' }, { coupling });
    await look('GET /pipeline-couplings/{coupling}', undefined, { coupling });
    await look('GET /pipeline-couplings');
    await look('GET /users/~/pipeline-couplings');
    await look('GET /apps/{app}/pipeline-couplings');
    const promotion = await look('POST /pipeline-promotions', {
      pipeline: { id: pipeline },
      source: { app: { id: appId } },
      targets: [{ app: { id: target.app.id } }],
    });
    await look('GET /pipeline-promotions/{promotion}', undefined, { promotion: promotion.id });
    await look('GET /pipeline-promotions/{promotion}/promotion-targets', undefined, { promotion: promotion.id });
    for (const list of [
      'latest-releases',
      'latest-deployments',
      'latest-builds',
      'pipeline-stack',
      'pipeline-couplings',
    ])
      await look(`GET /pipelines/{pipeline}/${list}`, undefined, { pipeline });
    await look('DELETE /pipeline-couplings/{coupling}', undefined, { coupling });
    const { user: heir } = await look('POST /apps/{app}/collaborators', { user: 'bia@example.com' });
    const { id: gift } = await look('POST /pipelines', { name: 'gift' });
    const order = { pipeline: { id: gift }, new_owner: { id: heir.id, type: 'user' } };
    await look('POST /pipeline-transfers', order);
    await look('GET /pipelines');
    await look('GET /pipelines/{pipeline}', undefined, { pipeline: 'line' });
    await look('PATCH /pipelines/{pipeline}', { name: 'other-line' }, { pipeline });
    await look('DELETE /pipelines/{pipeline}', undefined, { pipeline });
    await look('DELETE /apps/{app}');
  },
);

test.skipIf(published === null)(
  'the check finds wrong and missing fields; skipped where shared/spec/schemas is not beside the repository',
  () => {
    const check = createContractCheck(published!);
    const findings = check.look('GET', '/apps/:app/formation', [{ id: 'no uuid', type: 'web' }]);
    expect(findings?.faults).toContain('/0/id must match format "uuid"');
    expect(findings?.missing).toContain('quantity');
    expect(check.look('GET', '/bananas', {})).toBeNull();
  },
);
