# shellcheck shell=bash
# Debian packages: installs what is missing of the given lists, in one call. Part of lib.sh.
#
# A list has one package a line; `#` starts a comment; `NAME unless COMMAND` is not needed where COMMAND exists.

# packages_wanted FILE...: the names, without those that a command already stands in for.
packages_wanted() {
    local file name word command rest
    for file in "$@"; do
        [[ -r $file ]] || die "package list $file: cannot be read"
        while read -r name word command rest; do
            [[ -n $name && $name != \#* ]] || continue
            if [[ -n $word ]]; then
                [[ $word == unless && -n $command && -z $rest ]] ||
                    die "package list $file: '$name $word $command $rest': expected NAME or NAME unless COMMAND"
                ! command -v "$command" >/dev/null || continue
            fi
            printf '%s\n' "$name"
        done <"$file"
    done
}

# packages_missing FILE...: those of them that are not installed.
packages_missing() {
    local wanted
    wanted=$(packages_wanted "$@") || exit 1
    [[ -n $wanted ]] || return 0
    comm -23 <(sort -u <<<"$wanted") <(
        # shellcheck disable=SC2016,SC2086   # dpkg's own ${...}; one word per package
        dpkg-query -W -f '${db:Status-Status} ${Package}\n' $wanted 2>/dev/null | sed -n 's/^installed //p' | sort -u
    )
}

apt_get() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=600 "$@" </dev/null
}

# packages_install FILE...
packages_install() {
    local missing log start=$EPOCHREALTIME
    local -a names
    command -v dpkg-query >/dev/null || die "this is not Debian: install what $* list by hand"
    missing=$(packages_missing "$@") || exit 1
    [[ -n $missing ]] || return 0
    mapfile -t names <<<"$missing"

    ((EUID == 0)) || command -v sudo >/dev/null ||
        die "Debian packages are missing, and this is neither root nor is there sudo. Have them installed, then run this again:
  apt-get install --no-install-recommends ${names[*]}"
    say "installing ${#names[@]} Debian packages: ${names[*]}"
    log=$(mktemp)
    # A dry run tells whether the lists know all of them; old lists may still name files that are gone, and an earlier run
    # may have been cut off in the middle: hence the second try.
    if ! { apt-get -q -y -s install --no-install-recommends "${names[@]}" >"$log" 2>&1 &&
        apt_get install --no-install-recommends "${names[@]}" >"$log" 2>&1; }; then
        { as_root dpkg --configure -a --force-confdef && apt_get update &&
            apt_get install --no-install-recommends "${names[@]}"; } </dev/null >"$log" 2>&1 || {
            tail -n 20 "$log" >&2
            die "apt-get could not install: ${names[*]} (its last words are above, all of them in $log)"
        }
    fi
    rm -f "$log"
    hash -r
    say "packages installed ($(elapsed "$start") s)"
}
