/**
 * Runs inside the dyno: `.profile.d/*.sh` in glob order, then `.profile`, then the command (behaviour 1.2). The command is
 * the app's own shell text and reaches the dyno's shell alone, as an argument.
 */
const BOOT = `dyno_command=$1; shift
cd "$HOME" || exit 1
for dyno_profile in .profile.d/*.sh; do [ -f "$dyno_profile" ] && . "./$dyno_profile"; done
[ -f .profile ] && . ./.profile
unset dyno_profile
exec /bin/bash -c "$dyno_command"`;

/** argv of a dyno that runs `command`. */
export function bootCommand(command: string): readonly string[] {
  return ['/bin/bash', '-c', BOOT, 'dyno', command];
}
