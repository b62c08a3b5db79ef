#!/usr/bin/env bash
# A build, seen from inside the build container: source in, app tree and a few result files out. What the person reads
# besides the buildpacks' own output is written by the platform, which learns here what happened from /opt/jangada/result.
#
#   build.sh BUILD_DIR CACHE_DIR ENV_DIR     (the source arrives as a tar archive on standard input)
set -u -o pipefail
umask 022

source /opt/jangada/driver/unpack-source.sh
source /opt/jangada/driver/fetch-buildpack.sh

build=$1 cache=$2 env=$3
plan=/opt/jangada/plan
result=/opt/jangada/result
builtin=/opt/jangada/buildpacks
registered=/opt/jangada/registered
node=/opt/jangada/node/bin/node
packs=/tmp/buildpacks
exports=()
used=()

# fail KIND [REASON]
fail() {
  printf '%s' "$1" > "$result/failure"
  printf '%s' "${2-}" > "$result/reason"
  report_all
  exit 1
}

# A phase lasts until the next one begins.
phase() { printf '%s %s\n' "${EPOCHREALTIME/,/.}" "$1" >> "$result/phases"; }

# bin/report of every buildpack that ran, after failures too. It never fails a build.
report_all() {
  local index=0 pack
  for pack in "${used[@]}"; do
    if [ -x "$pack/bin/report" ]; then
      (cd "$pack" && timeout --kill-after 1 10 ./bin/report "$build" "$cache" "$env") > "$result/report-$index.json" 2> /dev/null
    fi
    index=$((index + 1))
  done
}

# rules SCRIPT ARGUMENTS: a program of this folder, which is made of the platform's own rules.
rules() {
  local script=$1
  shift
  "$node" --disable-warning=MODULE_TYPELESS_PACKAGE_JSON "/opt/jangada/driver/$script" "$@"
}

# compile DIRECTORY APP DISPLAY
compile() {
  local pack=$1 app=$2 display=$3 file
  printf '%s' "$app" > "$result/app"
  printf '%s\n' "$display" >> "$result/buildpacks"
  printf -- '-----> %s app detected\n' "$app"
  phase "compile $display"
  used+=("$pack")
  (
    set +u
    for file in "${exports[@]}"; do source "$file"; done
    cd "$pack" && exec ./bin/compile "$build" "$cache" "$env"
  ) || fail compile_failed
  if [ -f "$pack/export" ]; then exports+=("$pack/export"); fi
}

# Asks every built-in buildpack; "static" only takes what nobody else does. The one that goes by the name then builds: the
# operator's, where there is one.
detect() {
  local name kind location ref display app first='' names=() chosen=()
  phase detect
  while IFS=$'\t' read -r name kind location ref display; do
    if [ "$name" = static ] && [ -n "$first" ]; then continue; fi
    app=$(cd "$builtin/$name" && ./bin/detect "$build" 2> /dev/null) || continue
    names+=("$app")
    if [ -z "$first" ]; then first=$name chosen=("$kind" "$location" "$ref" "$display"); fi
  done < "$plan/detect"
  if [ -z "$first" ]; then fail no_language; fi
  if [ ${#names[@]} -gt 1 ]; then
    printf ' !     Warning: Multiple default buildpacks reported the ability to handle this app. The first buildpack in the list below will be used.\n'
    printf '\t\t\tDetected buildpacks: %s\n' "$(IFS=,; printf '%s' "${names[*]}")"
    printf '\t\t\tSee https://devcenter.heroku.com/articles/buildpacks#buildpack-detect-order\n'
  fi
  if [ "${chosen[0]}" = builtin ]; then
    fetch "${chosen[@]:0:3}" "$packs/0"
    compile "$packs/0" "${names[0]}" "${chosen[3]}"
  else
    printf '%s\n' "$(IFS=$'\t'; printf '%s' "${chosen[*]}")" > "$packs/list"
    run_list "$packs/list"
  fi
}

# run_list FILE: lines of kind, location, ref and display.
run_list() {
  local kind location ref display app index=0
  while IFS=$'\t' read -r kind location ref display <&9; do
    printf '%s' "$display" > "$result/current"
    phase "fetch $display"
    fetch "$kind" "$location" "$ref" "$packs/$index" 2> "$result/fetch" ||
      fail buildpack_unavailable "$(grep -m 1 -E '^(curl|fatal|error|gzip|tar)' "$result/fetch" | head -c 300)"
    phase "detect $display"
    app=$(cd "$packs/$index" && ./bin/detect "$build") || fail not_compatible
    compile "$packs/$index" "$app" "$display"
    index=$((index + 1))
  done 9< "$1"
}

# Several buildpacks named by the app itself (heroku-buildpack-multi's file).
run_own_list() {
  rules read-buildpacks-file.ts "$build" "$plan/names" > "$packs/list" 2> "$result/fetch" || {
    printf '.buildpacks' > "$result/current"
    fail buildpack_unavailable "$(head -n 1 "$result/fetch" | head -c 300)"
  }
  if [ ! -s "$packs/list" ]; then detect; return; fi
  printf -- '-----> Using the buildpacks of .buildpacks:\n'
  cut -f 4 "$packs/list" | awk '{ printf "       %d. %s\n", NR, $0 }'
  run_list "$packs/list"
}

mkdir -p "$packs"
kind=$(cat "$plan/kind")
unpack
if [ "$kind" = images ]; then pack_source; fi
if [ "$kind" != source ]; then phase end; exit 0; fi
if [ -s "$plan/buildpacks" ]; then
  run_list "$plan/buildpacks"
elif [ -f "$build/.buildpacks" ]; then
  run_own_list
else
  detect
fi

phase release
last=${used[-1]}
if [ -x "$last/bin/release" ]; then
  (cd "$last" && exec ./bin/release "$build") > "$result/release.yml" || fail release_failed
fi
if [ -f "$build/Procfile" ]; then head -c 100000 "$build/Procfile" > "$result/Procfile"; fi
report_all
phase end
