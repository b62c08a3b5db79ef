import { type BuildpackInstallation, parseBuildpackAddress } from '@jangada/core';

/** Named buildpacks are shown as `urn:buildpack:heroku/nodejs`, which the CLI turns back into the name (cli-contract 3.11). */
export function presentBuildpackInstallation({ ordinal, url }: BuildpackInstallation): object {
  const { display, source } = parseBuildpackAddress(url);
  const shown = source.kind === 'named' && !url.startsWith('http') ? `urn:buildpack:${display}` : url;
  return { ordinal, buildpack: { url: shown, name: display } };
}
