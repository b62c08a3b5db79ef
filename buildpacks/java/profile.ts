import { MEMORY_FUNCTION } from '../kit/memory.ts';
import { quoted } from '../kit/output.ts';
import type { Runtime } from '../kit/runtime.ts';

/**
 * Sourced when a dyno boots: Java, its memory by the dyno's as on Heroku (300 MB of 512, 671 of 1024, 2 GB of 2.5, else four
 * fifths), and databases in the form that JDBC and Spring know.
 */
export function javaProfile(libraries: string): string {
  return `export JAVA_HOME="$HOME/.heroku/jdk"
export PATH="$JAVA_HOME/bin:$PATH"
export LD_LIBRARY_PATH=${quoted(libraries)}"\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
${MEMORY_FUNCTION}jangada_java() {
  local memory heap options
  memory=$(jangada_memory)
  if [ "$memory" -le 512 ]; then heap=$((memory * 300 / 512)); options='-Xss512k -XX:CICompilerCount=2'
  elif [ "$memory" -le 1024 ]; then heap=$((memory * 671 / 1024)); options='-XX:CICompilerCount=2'
  else heap=$((memory * 8 / 10)); options=''; fi
  case "\${JAVA_OPTS:-} \${JAVA_TOOL_OPTIONS:-}" in
    *-Xmx* | *MaxRAMPercentage*) options='' ;;
    *) options="-Xmx\${heap}m \${options}" ;;
  esac
  export JAVA_OPTS="\${JAVA_OPTS:-$options}"
  local trust=''
  if [ -f "$HOME/.heroku/java/cacerts" ]; then trust=" -Djavax.net.ssl.trustStore=$HOME/.heroku/java/cacerts"; fi
  export JAVA_TOOL_OPTIONS="\${options:+$options }-Dfile.encoding=UTF-8$trust\${JAVA_TOOL_OPTIONS:+ $JAVA_TOOL_OPTIONS}"
}
# jangada_jdbc NAME URL: NAME_URL, NAME_USERNAME and NAME_PASSWORD for JDBC.
jangada_jdbc() {
  local kind parameters
  if [[ ! $2 =~ ^(postgres|postgresql|mysql)://([^:@/]*):([^@/]*)@([^/]+)/([^?]+)(\\?(.*))?$ ]]; then return 1; fi
  kind=\${BASH_REMATCH[1]/#postgres*/postgresql}
  parameters="user=\${BASH_REMATCH[2]}&password=\${BASH_REMATCH[3]}\${BASH_REMATCH[7]:+&\${BASH_REMATCH[7]}}"
  export "$1_URL=jdbc:$kind://\${BASH_REMATCH[4]}/\${BASH_REMATCH[5]}?$parameters"
  export "$1_USERNAME=\${BASH_REMATCH[2]}" "$1_PASSWORD=\${BASH_REMATCH[3]}"
}
jangada_java
for jangada_name in $(compgen -e | grep -E '^[A-Z0-9_]+_URL$' | grep -v _JDBC_URL); do
  if [ "$jangada_name" = DATABASE_URL ]; then continue; fi
  jangada_jdbc "\${jangada_name%_URL}_JDBC" "\${!jangada_name}" || true
done
if [ -z "\${JDBC_DATABASE_URL:-}" ]; then
  for jangada_name in DATABASE_URL JAWSDB_URL JAWSDB_MARIA_URL CLEARDB_DATABASE_URL; do
    if [ -n "\${!jangada_name:-}" ] && jangada_jdbc JDBC_DATABASE "\${!jangada_name}"; then break; fi
  done
fi
if [ -n "\${JDBC_DATABASE_URL:-}" ] && [ -z "\${SPRING_DATASOURCE_URL:-}" ] && [ "\${DISABLE_SPRING_DATASOURCE_URL:-}" != true ]; then
  export SPRING_DATASOURCE_URL="$JDBC_DATABASE_URL" SPRING_DATASOURCE_USERNAME="\${JDBC_DATABASE_USERNAME:-}" SPRING_DATASOURCE_PASSWORD="\${JDBC_DATABASE_PASSWORD:-}"
fi
unset -f jangada_memory jangada_java jangada_jdbc
unset jangada_name
`;
}

/** Sourced before the next buildpack. */
export function exportFile(_app: string, java: Runtime): string {
  return `export JAVA_HOME=${quoted(java.prefix)}
export PATH=${quoted(`${java.prefix}/bin`)}:"$PATH"
export LD_LIBRARY_PATH=${quoted(java.libraries)}"\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
`;
}
