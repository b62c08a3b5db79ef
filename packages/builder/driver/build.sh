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

# Passes on so many bytes; more than that is noted, and cut off.
capped() {
  head -c "$1"
  if [ "$(head -c 1 | wc -c)" -gt 0 ]; then : > "$result/too-large"; fi
}

# rules SCRIPT ARGUMENTS: a program of this folder, which is made of the platform's own rules.
rules() {
  local script=$1
  shift
  "$node" --disable-warning=MODULE_TYPELESS_PACKAGE_JSON "/opt/jangada/driver/$script" "$@"
}

# The archive's paths and links are tar's business: it leaves none behind that leads out of the tree, and this is a container.
unpack() {
  local format limit decompress
  phase unpack
  read -r format limit < "$plan/archive"
  case $format in
    gzip | bzip2 | xz | zstd) decompress=($format -dc) ;;
    zip) decompress=(zip_as_tar) ;;
    *) decompress=(cat) ;;
  esac
  {
    "${decompress[@]}" | capped "$limit" | {
      ulimit -f $((limit / 1024))
      tar --extract --directory "$build" --no-same-owner --no-same-permissions
      code=$?
      cat > /dev/null
      exit $code
    }
  } 2> "$result/unpack"
  local code=$?
  if [ -e "$result/too-large" ] || grep -qs -e 'File too large' -e 'File size limit' "$result/unpack"; then fail source_too_large; fi
  if [ $code != 0 ]; then fail bad_source "$(grep -v -e '^$' -e 'Broken pipe' -e 'Removing leading' -e 'Removing `' "$result/unpack" | head -c 300)"; fi
  exec < /dev/null
  if [ "$kind" = slug ]; then
    if [ ! -d "$build/app" ] || [ -L "$build/app" ]; then fail bad_source 'A slug archive has the app in a folder named app.'; fi
    become "$build/app"
    return
  fi
  if [ "$format" != git ]; then take_off_folder; fi
  if [ -s "$plan/submodules" ]; then fetch_submodules "$limit"; fi
  if [ -s "$plan/sourceDir" ]; then enter_folder "$(cat "$plan/sourceDir")"; fi
  warn_of_pointers
  if [ -f "$build/.slugignore" ]; then
    rules apply-slugignore.ts "$build" || fail bad_source 'The .slugignore cannot be applied.'
  fi
}

# A zip archive has its table at its end, so all of it must be there first.
zip_as_tar() {
  local file=/tmp/source.zip code
  cat > "$file"
  bsdtar --create --file - --format pax "@$file"
  code=$?
  rm -f "$file"
  return $code
}

# Other repositories that the commit names. Without their history, and without what would make them repositories here.
fetch_submodules() {
  local entry commit path url
  phase submodules
  printf -- '-----> Git submodules detected, installing:\n'
  export GIT_TERMINAL_PROMPT=0
  while IFS= read -r -d '' entry <&9; do
    commit=${entry%% *} path=${entry#* }
    printf '%s' "$path" > "$result/current"
    url=$(submodule_url "$path")
    printf '       %s from %s\n' "$path" "$(sed 's,//[^/@]*@,//,' <<< "${url:-nowhere}")"
    case $url in
      http://* | https://*) ;;
      '') fail submodule_unavailable 'The file .gitmodules has no URL for it.' ;;
      *) fail submodule_unavailable "Its URL is $url." ;;
    esac
    fetch_submodule "$url" "$commit" "$build/$path" 2> "$result/fetch" ||
      fail submodule_unavailable "$(grep -m 1 -E '^(fatal|error)' "$result/fetch" | head -c 300)"
  done 9< "$plan/submodules"
  if [ "$(du -sb "$build" | cut -f 1)" -gt "$1" ]; then fail source_too_large; fi
}

submodule_url() {
  local key path
  while IFS=$'\n' read -r -d '' key path; do
    if [ "$path" = "$1" ]; then git config --file "$build/.gitmodules" --get "${key%.path}.url"; return; fi
  done < <(git config --file "$build/.gitmodules" --null --get-regexp '^submodule\..*\.path$')
}

# Not every server gives out a commit by its id.
fetch_submodule() {
  local url=$1 commit=$2 into=$3
  local git=(git -c advice.detachedHead=false -c http.lowSpeedLimit=1 -c http.lowSpeedTime=60 -C "$into")
  mkdir -p "$into" && "${git[@]}" init --quiet && "${git[@]}" remote add origin "$url" &&
    { "${git[@]}" fetch --quiet --depth 1 origin "$commit" 2> /dev/null || "${git[@]}" fetch --quiet --tags origin '+refs/heads/*:refs/remotes/origin/*'; } &&
    "${git[@]}" checkout --quiet "$commit" && "${git[@]}" submodule --quiet update --init --recursive --depth 1 &&
    find "$into" -name .git -prune -exec rm -rf {} +
}

# GitHub's archives, and those of many tools, hold everything in one folder.
take_off_folder() {
  local inner
  inner=$(shopt -s dotglob nullglob; printf '%s\n' "$build"/*)
  if [ -d "$inner" ] && [ ! -L "$inner" ]; then become "$inner"; fi
}

# enter_folder PATH: of a repository with many apps, this folder is the app.
enter_folder() {
  local inner
  inner=$(realpath -e -- "$build/$1" 2> /dev/null)
  case $inner in
    "$build"/*) if [ -d "$inner" ]; then become "$inner"; return; fi ;;
  esac
  if [ "$inner" != "$build" ]; then fail bad_source "There is no folder $1 in it. Correct JANGADA_SOURCE_DIR."; fi
}

# become FOLDER: it takes the place of the tree that it is in.
become() {
  mv -- "$1" "$build.inner" && rm -rf -- "$build" && mv -- "$build.inner" "$build" || fail bad_source 'It cannot be laid out.'
}

# Of a repository with Git LFS, git has only pointers to the content.
warn_of_pointers() {
  local pointers
  if ! grep -qs 'filter=lfs' "$build/.gitattributes"; then return; fi
  pointers=$(cd "$build" && find . -type f -size -2 -exec grep -l '^version https://git-lfs' {} + 2> /dev/null | cut -c 3- | head -n 5)
  if [ -z "$pointers" ]; then return; fi
  printf ' !     These files are pointers of Git LFS, not their content: %s\n' "$(tr '\n' ' ' <<< "$pointers")"
  printf ' !     Fetch the content in a build script, or keep these files in git itself.\n'
}

# fetch KIND LOCATION REF DIRECTORY: a fresh, writable copy. What it says goes into the reason.
fetch() {
  local kind=$1 location=$2 ref=$3 into=$4
  case $kind in
    builtin) cp -r "$builtin/$location" "$into" ;;
    registered)
      case $location in
        *.tgz) fetch_archive "file://$registered/$location" "$into" ;;
        # Git reads no repository that belongs to somebody else.
        *.git) cp -r "$registered/$location" "$into.git" && fetch_git "file://$into.git" - "$into" ;;
        *) cp -r "$registered/$location" "$into" ;;
      esac ;;
    git) fetch_git "$location" "$ref" "$into" ;;
    archive) fetch_archive "$location" "$into" ;;
  esac || return 1
  if [ ! -f "$into/bin/detect" ] || [ ! -f "$into/bin/compile" ]; then
    printf 'fatal: It has no bin/detect or no bin/compile.\n' >&2
    return 1
  fi
  chmod +x "$into"/bin/* 2> /dev/null
}

# A branch or tag is fetched without its history; a commit needs all of it. Nobody is there to answer questions for passwords.
fetch_git() {
  local location=$1 ref=$2 into=$3
  export GIT_TERMINAL_PROMPT=0
  if [ "$ref" = - ]; then
    git clone --quiet --depth 1 --recurse-submodules --shallow-submodules -- "$location" "$into"
  else
    git clone --quiet --depth 1 --recurse-submodules --shallow-submodules --branch "$ref" -- "$location" "$into" 2> /dev/null || {
      rm -rf "$into"
      git clone --quiet -- "$location" "$into" && git -C "$into" checkout --quiet "$ref" -- && git -C "$into" submodule --quiet update --init --recursive
    }
  fi
}

fetch_archive() {
  local location=$1 into=$2 inner
  mkdir "$into" && curl --fail --silent --show-error --location --connect-timeout 20 --max-time 300 --retry 2 "$location" |
    tar -xz -C "$into" --no-same-owner || return 1
  inner=("$into"/*)
  if [ ! -d "$into/bin" ] && [ ${#inner[@]} = 1 ] && [ -d "${inner[0]}/bin" ]; then
    (shopt -s dotglob && mv "${inner[0]}"/* "$into")
  fi
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
if [ "$kind" = slug ]; then phase end; exit 0; fi
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
