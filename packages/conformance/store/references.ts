import type { Tables } from '@jangada/core';

interface Reference {
  readonly column: string;
  readonly table: keyof Tables;
  /** What happens to the rows when the row they point to is deleted: they go too, or the deletion is refused. */
  readonly onDelete: 'cascade' | 'refuse';
}

const OF_APP: Reference = { column: 'appId', table: 'apps', onDelete: 'cascade' };
const OF_ACCOUNT: Reference = { column: 'accountId', table: 'accounts', onDelete: 'cascade' };
const OF_PIPELINE: Reference = { column: 'pipelineId', table: 'pipelines', onDelete: 'cascade' };

/** The references that a Store enforces. Events outlive their app, so they are not among them. */
export const REFERENCES: { readonly [Name in keyof Tables]?: readonly Reference[] } = {
  authorizations: [OF_ACCOUNT],
  apps: [{ column: 'ownerId', table: 'accounts', onDelete: 'refuse' }],
  collaborators: [OF_APP, OF_ACCOUNT],
  appFeatures: [OF_APP],
  buildpackInstallations: [OF_APP],
  builds: [OF_APP],
  slugs: [OF_APP],
  pushedImages: [OF_APP],
  imageBlobs: [OF_APP],
  releases: [OF_APP],
  formations: [OF_APP],
  monitors: [OF_APP],
  dynos: [OF_APP],
  domains: [OF_APP],
  sources: [OF_ACCOUNT],
  appSetups: [OF_ACCOUNT],
  sniEndpoints: [OF_APP],
  pipelines: [{ column: 'ownerId', table: 'accounts', onDelete: 'refuse' }],
  pipelineCouplings: [OF_APP, OF_PIPELINE],
  pipelinePromotions: [OF_PIPELINE],
  pipelinePromotionTargets: [{ column: 'promotionId', table: 'pipelinePromotions', onDelete: 'cascade' }, OF_APP],
};
