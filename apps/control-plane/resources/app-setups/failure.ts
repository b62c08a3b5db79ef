/** Why a set-up cannot go on, in a sentence for the person; `manifestErrors` are what is wrong with the app.json. */
export class AppSetupFailure extends Error {
  readonly manifestErrors: readonly string[];

  constructor(message: string, manifestErrors: readonly string[] = []) {
    super(message);
    this.name = 'AppSetupFailure';
    this.manifestErrors = manifestErrors;
  }
}
