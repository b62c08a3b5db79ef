# Part of build.sh: from the archive on standard input to the app's tree in $build.

# Passes on so many bytes; more than that is noted, and cut off.
capped() {
  head -c "$1"
  if [ "$(head -c 1 | wc -c)" -gt 0 ]; then : > "$result/too-large"; fi
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
  if [ "$kind" = source ] && [ -f "$build/.slugignore" ]; then
    rules apply-slugignore.ts "$build" || fail bad_source 'The .slugignore cannot be applied.'
  fi
}

# For images: the app's tree as a plain archive, from which the platform makes build contexts. It has room for what small files
# and those of submodules add in an archive; holes in files count in full.
pack_source() {
  local format limit
  read -r format limit < "$plan/archive"
  tar --create --directory "$build" . 2> "$result/pack" | capped $((limit * 2)) > "$result/source.tar"
  local codes=("${PIPESTATUS[@]}")
  if [ -e "$result/too-large" ]; then fail source_too_large; fi
  if [ "${codes[0]}" != 0 ]; then fail bad_source "$(head -n 1 "$result/pack" | head -c 300)"; fi
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
