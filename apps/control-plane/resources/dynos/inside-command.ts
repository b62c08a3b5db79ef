/**
 * argv of a shell command in a running dyno, with the profile scripts sourced as at boot and extra variables set. The
 * command is the person's own shell text; it reaches the dyno's shell as an argument.
 */
export function insideCommand(command: string, env: Readonly<Record<string, string>>): readonly string[] {
  const assignments = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return ['/usr/bin/env', ...assignments, '/bin/bash', '-c', SCRIPT, 'dyno', command];
}

const SCRIPT = `dyno_command=$1; shift
cd "$HOME" || exit 1
for dyno_profile in .profile.d/*.sh; do [ -f "$dyno_profile" ] && . "./$dyno_profile"; done
unset dyno_profile
exec /bin/bash -c "$dyno_command"`;
