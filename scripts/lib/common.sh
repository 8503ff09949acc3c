# What the scripts share. Sourced, never run; the caller has set -euo pipefail.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck disable=SC2034  # read by the scripts that source this file
cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/wheelyard

say() { printf '%s\n' "$*"; }
step() { printf '\n== %s\n' "$*"; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# Prints a script's own head comment as its help.
help_text() { sed -n '2,/^[^#]/{/^#/s/^# \{0,1\}//p}' "$0"; }

# Runs a command with its output in a log; prints the log's end when it fails.
# quietly LOG COMMAND…
quietly() {
  local log=$1
  shift
  mkdir -p "$(dirname "$log")"
  if ! "$@" >"$log" 2>&1 </dev/null; then
    tail -n 40 "$log" >&2
    die "'$*' failed; its whole output is in $log"
  fi
}

# The same for a command that fetches from elsewhere: it is run again, after a pause, up to four times in all.
# patiently LOG COMMAND…
patiently() {
  local log=$1 attempt pause
  shift
  mkdir -p "$(dirname "$log")"
  for attempt in 1 2 3; do
    if "$@" >"$log" 2>&1 </dev/null; then return 0; fi
    pause=$((attempt * attempt * 5))
    say "attempt $attempt of 4 failed ($(tail -n 1 "$log")); the next in $pause s: $*" >&2
    sleep "$pause"
  done
  quietly "$log" "$@"
}

# Creates a virtual environment in the cache unless a complete one is there, and puts its path into $venv.
# The folder's name carries a hash of what is installed, so a changed list makes a new one.
# make_venv NAME PIP-ARGUMENT…     a requirements file goes as: -r FILE
make_venv() {
  local name=$1 key
  shift
  key=$( { python3 -c 'import sys; print(sys.version, sys.executable)'; printf '%s\n' "${@/#$root/.}"
           local argument; for argument; do [ ! -f "$argument" ] || cat "$argument"; done; } | sha256sum | cut -c1-12)
  venv=$cache/venv/$name-$key
  [ ! -e "$venv/.complete" ] || return 0
  mkdir -p "$cache/venv"
  (
    flock 9
    [ ! -e "$venv/.complete" ] || exit 0
    say "making the Python environment $venv"
    rm -rf "$venv"
    quietly "$venv.log" python3 -m venv "$venv"
    patiently "$venv.log" "$venv/bin/python" -m pip install --disable-pip-version-check "$@"
    touch "$venv/.complete"
  ) 9>"$cache/venv/.$name.lock"
}

# Configures a preset; anew where what an earlier run has left is in the way.
configure() { # PRESET
  mkdir -p build
  cmake --preset "$1" >"build/$1.configure.log" 2>&1 </dev/null ||
    quietly "build/$1.configure.log" cmake --fresh --preset "$1"
}

# Configures and builds a preset; quick when nothing changed. Two runs at once go one after the other.
# build PRESET [TARGET…]
build() {
  local preset=$1
  shift
  cd "$root"
  mkdir -p build
  (
    flock 9
    configure "$preset"
    # Ninja's status lines are thinned out to about one in twenty; what a compiler says passes whole.
    cmake --build "build/$preset" ${1:+--target "$@"} | awk '
      match($0, /^\[[0-9]+\/[0-9]+\]/) {
        split(substr($0, 2, RLENGTH - 2), n, "/")
        if (n[1] == n[2] || n[1] >= shown + n[2] / 20) { print; fflush(); shown = n[1] }
        next
      }
      { print; fflush() }'
  ) 9>"build/.$preset.lock"
}
