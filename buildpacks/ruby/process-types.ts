import type { Lockfile } from './gemfile.ts';

/** For the dyno's shell: the port, or the one that people use on their machines. */
const PORT = `\${PORT:-5000}`;

/** Heroku's default process types for what the app is made of (builds 10). */
export function defaultProcessTypes(
  { gems }: Pick<Lockfile, 'gems'>,
  hasFile: (name: string) => boolean,
): Readonly<Record<string, string>> {
  const types: Record<string, string> = { console: 'bundle exec irb' };
  if (gems.has('rake') || gems.has('railties')) types['rake'] = 'bundle exec rake';
  if (gems.has('railties')) {
    types['console'] = 'bin/rails console';
    types['web'] = `bin/rails server -p ${PORT} -e $RAILS_ENV`;
    types['worker'] = 'bundle exec rake jobs:work';
  } else if (hasFile('config.ru')) {
    const puma = gems.has('puma') && !gems.has('rackup');
    types['web'] = puma ? `bundle exec puma -p ${PORT}` : `bundle exec rackup config.ru -p ${PORT}`;
  }
  return types;
}
