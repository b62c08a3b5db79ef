# Starts PHP-FPM and a web server before it, in a dyno, with Heroku's options. Sourced by heroku-php-apache2 and heroku-php-nginx,
# which set `server` to apache2 or nginx. The places of the runtimes come from .profile.d/000-php.sh.

usage() {
  cat >&2 << USAGE
Usage: heroku-php-$server [options] [<document-root>]
  -C <file>  included in the configuration of the web server's site
  -c <file>  the whole configuration of the web server
  -F <file>  included in the configuration of PHP-FPM's pool
  -f <file>  the whole configuration of PHP-FPM
  -i <file>  php.ini
  -p <port>  default: \$PORT
  -t         tests the configurations and stops
  -v         tells what is started
Paths are relative to the app. <document-root> is the app itself by default.
USAGE
  exit "$1"
}

# file OPTION PATH: the path of an existing file of the app, or the end.
file() {
  local path=$2
  case $path in /*) ;; *) path=$HOME/$path ;; esac
  if [ ! -f "$path" ]; then
    echo "heroku-php-$server: there is no file $2 for $1." >&2
    exit 1
  fi
  printf '%s' "$path"
}

site='' whole='' pool='' fpm='' port=${PORT:-5000} test='' verbose=''
while getopts ':C:c:F:f:i:l:p:tvh' option; do
  case $option in
    C) site=$(file -C "$OPTARG") || exit ;;
    c) whole=$(file -c "$OPTARG") || exit ;;
    F) pool=$(file -F "$OPTARG") || exit ;;
    f) fpm=$(file -f "$OPTARG") || exit ;;
    i) PHPRC=$(file -i "$OPTARG") || exit; export PHPRC ;;
    l) ;; # All logs are on the output already.
    p) port=$OPTARG ;;
    t) test=1 ;;
    v) verbose=1 ;;
    h) usage 0 ;;
    *) echo "heroku-php-$server: unknown option, or one without its value: -$OPTARG" >&2; usage 1 ;;
  esac
done
shift $((OPTIND - 1))
case $port in '' | *[!0-9]*) echo "heroku-php-$server: $port is not a port." >&2; exit 1 ;; esac
root=$HOME
if [ $# -gt 0 ]; then
  case $1 in /*) root=${1%/} ;; *) root=$HOME/${1%/} ;; esac
fi
if [ ! -d "$root" ]; then
  echo "heroku-php-$server: there is no folder $1: correct the document root in the Procfile." >&2
  exit 1
fi

# limit_of TEXT: megabytes of a memory_limit such as 128M; 0 for none.
limit_of() {
  case $1 in
    *[Gg]) echo $((${1%?} * 1024)) ;;
    *[Mm]) echo "${1%?}" ;;
    *[Kk]) echo $((${1%?} / 1024)) ;;
    -1 | '' | *[!0-9]*) echo 0 ;;
    *) echo $(($1 / 1048576)) ;;
  esac
}

# As many processes as the memory has room for (builds 10), by memory_limit, which .user.ini of the document root may set.
if [ -z "${WEB_CONCURRENCY:-}" ]; then
  limit=$(sed -n 's/^[[:space:]]*memory_limit[[:space:]]*=[[:space:]]*"\{0,1\}\([0-9]*[KMGkmg]\{0,1\}\).*/\1/p' "$root/.user.ini" 2> /dev/null | tail -n 1)
  limit=$(limit_of "${limit:-$(php -r 'echo get_cfg_var("memory_limit");')}")
  if [ "$limit" -lt 1 ]; then limit=128; fi
  WEB_CONCURRENCY=$((${MEMORY_AVAILABLE:-512} / limit))
  if [ "$WEB_CONCURRENCY" -lt 1 ]; then WEB_CONCURRENCY=1; fi
fi
export WEB_CONCURRENCY

work=$(mktemp -d "${TMPDIR:-/tmp}/heroku-php-XXXXXX") || exit
socket=$work/fcgi.sock

# filled NAME INCLUDE: a template of this folder with this dyno's values.
filled() {
  local text include=''
  text=$(cat "$templates/$1")
  if [ -n "$2" ]; then include=$3; fi
  text=${text//@INCLUDE@/$include}
  text=${text//@PORT@/$port}
  text=${text//@ROOT@/$root}
  text=${text//@WORK@/$work}
  text=${text//@SOCKET@/$socket}
  text=${text//@CHILDREN@/$WEB_CONCURRENCY}
  text=${text//@APACHE@/${JANGADA_APACHE:-}}
  text=${text//@NGINX@/${JANGADA_NGINX:-}}
  printf '%s\n' "$text"
}

filled php-fpm.conf "$pool" "include=$pool" > "$work/php-fpm.conf"
case $server in
  apache2) filled apache2.conf "$site" "Include \"$site\"" > "$work/server.conf" ;;
  nginx) filled nginx.conf "$site" "include \"$site\";" > "$work/server.conf" ;;
esac
export HEROKU_PHP_SOCKET=$socket DOCUMENT_ROOT=$root PORT=$port
fpm_command=("$JANGADA_PHP_FPM" --nodaemonize --force-stderr -y "${fpm:-$work/php-fpm.conf}")
case $server in
  apache2) server_command=("$JANGADA_APACHE/sbin/apache2" -f "${whole:-$work/server.conf}") ;;
  nginx) server_command=("$JANGADA_NGINX/sbin/nginx" -e stderr -c "${whole:-$work/server.conf}") ;;
esac

if [ -n "$test" ]; then
  "${fpm_command[@]}" -t && "${server_command[@]}" -t
  code=$?
  rm -rf "$work"
  exit $code
fi

if [ -n "$verbose" ]; then
  echo "Document root $root, port $port, $WEB_CONCURRENCY processes of PHP." >&2
  echo "${fpm_command[*]}" >&2
  echo "${server_command[*]}" >&2
fi

# Orderly: requests that are being answered are answered, first by the server, then by PHP.
stop() {
  trap '' TERM INT
  case $server in apache2) kill -WINCH "$server_pid" ;; nginx) kill -QUIT "$server_pid" ;; esac 2> /dev/null
  wait "$server_pid" 2> /dev/null
  kill -QUIT "$fpm_pid" 2> /dev/null
  wait "$fpm_pid" 2> /dev/null
  rm -rf "$work"
  exit "${1:-0}"
}

"${fpm_command[@]}" &
fpm_pid=$!
# The server answers when PHP can: until then there is nobody behind the socket.
for _ in $(seq 200); do
  if [ -S "$socket" ] || [ -n "$fpm" ] || ! kill -0 "$fpm_pid" 2> /dev/null; then break; fi
  sleep 0.05
done
case $server in
  apache2) "${server_command[@]}" -D FOREGROUND & ;;
  nginx) "${server_command[@]}" & ;;
esac
server_pid=$!
trap 'stop 0' TERM INT

wait -n "$fpm_pid" "$server_pid"
code=$?
echo "heroku-php-$server: $(if kill -0 "$server_pid" 2> /dev/null; then echo PHP-FPM; else echo "$server"; fi) has ended with status $code." >&2
if [ $code = 0 ]; then code=1; fi
stop $code
