# Part of build.sh: a buildpack, from wherever it is, into a folder of the build.

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
