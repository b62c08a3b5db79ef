/** One buildpack of an app's ordered list, as set by `heroku buildpacks:set`. */
export interface BuildpackInstallation {
  readonly id: string;
  readonly appId: string;
  /** 0 is the first to run. */
  readonly ordinal: number;
  /** As the client sent it: `heroku/nodejs`, a URL, `urn:buildpack:…`. */
  readonly url: string;
}
