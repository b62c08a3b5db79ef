#!/usr/bin/env bash
# A build, seen from inside the build container: source in, app tree and a few result files out. What the person reads
# besides the buildpacks' own output is written by the platform, which learns here what happened from /opt/jangada/result.
#
#   build.sh BUILD_DIR CACHE_DIR ENV_DIR     (the source arrives as a tar archive on standard input)
set -u -o pipefail
umask 022

build=$1 cache=$2 env=$3
plan=/opt/jangada/plan
result=/opt/jangada/result
builtin=/opt/jangada/buildpacks
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
      (cd "$pack" && timeout 10 ./bin/report "$build" "$cache" "$env") > "$result/report-$index.json" 2> /dev/null
    fi
    index=$((index + 1))
  done
}

unpack() {
  phase unpack
  tar --extract --directory "$build" --no-same-owner 2> "$result/unpack" || fail bad_source "$(head -c 300 "$result/unpack")"
  cat > /dev/null
  exec < /dev/null
  if [ -f "$build/.slugignore" ]; then
    /opt/jangada/node/bin/node --disable-warning=MODULE_TYPELESS_PACKAGE_JSON /opt/jangada/driver/apply-slugignore.ts "$build" || fail bad_source 'The .slugignore cannot be applied.'
  fi
}

# fetch KIND LOCATION REF DIRECTORY: a fresh, writable copy. What it says goes into the reason.
fetch() {
  local kind=$1 location=$2 ref=$3 into=$4
  case $kind in
    builtin) cp -r "$builtin/$location" "$into" ;;
    git)
      if [ "$ref" = - ]; then
        git clone --quiet --depth 1 -- "$location" "$into"
      else
        git clone --quiet --depth 1 --branch "$ref" -- "$location" "$into" 2> /dev/null ||
          { git clone --quiet -- "$location" "$into" && git -C "$into" checkout --quiet "$ref" --; }
      fi ;;
    archive)
      mkdir "$into" && curl --fail --silent --show-error --location --max-time 300 --retry 2 "$location" | tar -xz -C "$into" --no-same-owner || return 1
      local inner=("$into"/*)
      if [ ! -d "$into/bin" ] && [ ${#inner[@]} = 1 ] && [ -d "${inner[0]}/bin" ]; then mv "${inner[0]}"/* "$into"; fi ;;
  esac
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

# Asks every built-in buildpack; "static" only takes what nobody else does.
detect() {
  local name app first='' first_app='' names=()
  phase detect
  while read -r name; do
    if [ "$name" = static ] && [ -n "$first" ]; then continue; fi
    app=$(cd "$builtin/$name" && ./bin/detect "$build" 2> /dev/null) || continue
    names+=("$app")
    if [ -z "$first" ]; then first=$name first_app=$app; fi
  done < "$plan/detect"
  if [ -z "$first" ]; then fail no_language; fi
  if [ ${#names[@]} -gt 1 ]; then
    printf ' !     Warning: Multiple default buildpacks reported the ability to handle this app. The first buildpack in the list below will be used.\n'
    printf '\t\t\tDetected buildpacks: %s\n' "$(IFS=,; printf '%s' "${names[*]}")"
    printf '\t\t\tSee https://devcenter.heroku.com/articles/buildpacks#buildpack-detect-order\n'
  fi
  fetch builtin "$first" - "$packs/0"
  compile "$packs/0" "$first_app" "heroku/$first"
}

run_list() {
  local kind location ref display app index=0
  while IFS=$'\t' read -r kind location ref display <&9; do
    printf '%s' "$display" > "$result/current"
    phase "fetch $display"
    fetch "$kind" "$location" "$ref" "$packs/$index" 2> "$result/fetch" ||
      fail buildpack_unavailable "$(grep -m 1 -E '^(curl|fatal|error)' "$result/fetch" | head -c 300)"
    chmod +x "$packs/$index"/bin/* 2> /dev/null
    phase "detect $display"
    app=$(cd "$packs/$index" && ./bin/detect "$build") || fail not_compatible
    compile "$packs/$index" "$app" "$display"
    index=$((index + 1))
  done 9< "$plan/buildpacks"
}

mkdir -p "$packs"
unpack
if [ -s "$plan/buildpacks" ]; then run_list; else detect; fi

phase release
last=${used[-1]}
if [ -x "$last/bin/release" ]; then
  (cd "$last" && exec ./bin/release "$build") > "$result/release.yml" || fail release_failed
fi
if [ -f "$build/Procfile" ]; then head -c 100000 "$build/Procfile" > "$result/Procfile"; fi
report_all
phase end
