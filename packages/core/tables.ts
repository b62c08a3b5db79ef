import type { Account, Authorization } from './account/account.ts';
import type { Collaborator } from './account/collaborator.ts';
import type { App } from './app/app.ts';
import type { AppSetup } from './app-json/app-setup.ts';
import type { Build } from './build/build.ts';
import type { BuildpackInstallation } from './build/buildpack-installation.ts';
import type { Source } from './build/source.ts';
import type { Domain } from './domain/domain.ts';
import type { Dyno } from './dyno/dyno.ts';
import type { Event } from './event/event.ts';
import type { AppFeature } from './feature/app-feature.ts';
import type { Formation } from './formation/formation.ts';
import type { Monitor } from './formation/monitor.ts';
import type { ImageBlob, PushedImage } from './image/pushed-image.ts';
import type { Pipeline, PipelineCoupling } from './pipeline/pipeline.ts';
import type { PipelinePromotion, PipelinePromotionTarget } from './pipeline/promotion.ts';
import type { Release } from './release/release.ts';
import type { Slug } from './slug/slug.ts';
import type { AcmeAccount } from './sni-endpoint/acme-account.ts';
import type { SniEndpoint } from './sni-endpoint/sni-endpoint.ts';

/** Every kind of row that a Store keeps. */
export interface Tables {
  accounts: Account;
  authorizations: Authorization;
  apps: App;
  collaborators: Collaborator;
  appFeatures: AppFeature;
  buildpackInstallations: BuildpackInstallation;
  builds: Build;
  slugs: Slug;
  pushedImages: PushedImage;
  imageBlobs: ImageBlob;
  releases: Release;
  formations: Formation;
  monitors: Monitor;
  dynos: Dyno;
  domains: Domain;
  sources: Source;
  appSetups: AppSetup;
  sniEndpoints: SniEndpoint;
  acmeAccounts: AcmeAccount;
  pipelines: Pipeline;
  pipelineCouplings: PipelineCoupling;
  pipelinePromotions: PipelinePromotion;
  pipelinePromotionTargets: PipelinePromotionTarget;
  events: Event;
}

/** Columns whose content is secret: every adapter encrypts them at rest. JSON values; null is stored as it is. */
export const SEALED_COLUMNS = {
  releases: ['configVars'],
  monitors: ['queueUrl'],
  sniEndpoints: ['privateKey'],
  acmeAccounts: ['privateKey'],
} as const satisfies { [Name in keyof Tables]?: readonly (keyof Tables[Name] & string)[] };

/** Columns that must be unique, alone or together. */
export const UNIQUE_COLUMNS = {
  accounts: [['email']],
  authorizations: [['tokenHash']],
  apps: [['name']],
  collaborators: [['appId', 'accountId']],
  appFeatures: [['appId', 'name']],
  buildpackInstallations: [['appId', 'ordinal']],
  pushedImages: [['appId', 'type', 'digest']],
  imageBlobs: [['appId', 'digest']],
  releases: [['appId', 'version']],
  formations: [['appId', 'type']],
  monitors: [['appId', 'type']],
  domains: [['hostname']],
  sniEndpoints: [['appId', 'name']],
  acmeAccounts: [['directoryUrl']],
  pipelines: [['name']],
  pipelineCouplings: [['appId']],
  pipelinePromotionTargets: [['promotionId', 'appId']],
} as const satisfies { [Name in keyof Tables]?: readonly (readonly (keyof Tables[Name] & string)[])[] };
