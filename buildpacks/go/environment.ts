/** What go and the app's hooks find in their environment. `root`: of the Go installation. */
export function buildEnvironment(
  inherited: Readonly<Record<string, string>>,
  configVars: Readonly<Record<string, string>>,
  places: { readonly root: string; readonly cache: string; readonly app: string; readonly vendored: boolean },
): Readonly<Record<string, string>> {
  const given = { ...inherited, ...configVars };
  const flags = [places.vendored ? '-mod=vendor' : '', '-modcacherw', given['GOFLAGS'] ?? ''];
  return {
    ...given,
    ...gitCredentials(configVars),
    GOROOT: places.root,
    GOPATH: `${places.cache}/go`,
    GOCACHE: `${places.cache}/go/build`,
    GOBIN: `${places.app}/bin`,
    // The server has the Go that there is: go itself would fetch another one.
    GOTOOLCHAIN: 'local',
    GOFLAGS: flags.filter((flag) => flag !== '').join(' '),
    PATH: `${places.root}/bin:${places.app}/bin:${given['PATH'] ?? ''}`,
  };
}

/**
 * `GO_GIT_CRED__HTTPS__GITHUB__COM=user:token` lets git fetch private modules, as on Heroku. It goes to git in variables, so that
 * no file of the build or the slug has it.
 */
function gitCredentials(configVars: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const settings = Object.entries(configVars).flatMap(([name, credential]) => {
    const match = /^GO_GIT_CRED__(HTTPS?)__(.+)$/.exec(name);
    if (!match) return [];
    const protocol = (match[1] as string).toLowerCase();
    const host = (match[2] as string).toLowerCase().replaceAll('__', '.');
    const [user, ...rest] = credential.split(':');
    const password = rest.length > 0 ? rest.join(':') : 'x-oauth-basic';
    const login = `${encodeURIComponent(user as string)}:${encodeURIComponent(password)}`;
    return [{ key: `url.${protocol}://${login}@${host}/.insteadOf`, value: `${protocol}://${host}/` }];
  });
  if (settings.length === 0) return {};
  return {
    GIT_CONFIG_COUNT: String(settings.length),
    ...Object.fromEntries(settings.map(({ key }, index) => [`GIT_CONFIG_KEY_${index}`, key])),
    ...Object.fromEntries(settings.map(({ value }, index) => [`GIT_CONFIG_VALUE_${index}`, value])),
  };
}
