# shellcheck shell=bash
# What deploy/demo, tests/run and deploy/local/server share. Source it after `set -euo pipefail`:
#
#   . "$ROOT/deploy/local/lib.sh"        gives also packages_install, pg_*, kafka_*
#
# Set by it: ROOT (the checkout), STATE (everything that is made at run time; git-ignored; REDRESS_STATE moves it).
# Progress and errors go to standard error, results to standard output.

if ((BASH_VERSINFO[0] < 5)); then
    echo "redress: bash 5 or later is needed, this is $BASH_VERSION" >&2
    exit 1
fi

LOCAL_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$LOCAL_DIR/../.." && pwd)

say() {
    printf '%s\n' "$*" >&2
}

die() {
    printf 'redress: %s\n' "$*" >&2
    exit 1
}

# as_root COMMAND...: as it is for root, through sudo for others.
as_root() {
    if ((EUID == 0)); then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "not root and no sudo: as root, run: $*"
    fi
}

# wait_for SECONDS COMMAND...: tries every 0.1 s until it succeeds; 1 when the time is over.
wait_for() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < end)) || return 1
        sleep 0.1
    done
}

# elapsed START: seconds with one decimal since START, which was taken from $EPOCHREALTIME.
elapsed() {
    local now=${EPOCHREALTIME/[.,]/} start=${1/[.,]/}
    local tenths=$(((now - start + 50000) / 100000))
    printf '%d.%d' $((tenths / 10)) $((tenths % 10))
}

# ---- ports --------------------------------------------------------------------------------------------------------

# port_free PORT: does nobody listen there on the loopback?
port_free() {
    ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# port_listens PORT
port_listens() {
    ! port_free "$1"
}

# port_check WHAT PORT VARIABLE: is it a port that we may take? Ends with a message if not.
port_check() {
    [[ $2 =~ ^[0-9]{4,5}$ && $2 -ge 1024 && $2 -le 65534 ]] ||
        die "$3 is '$2': a port from 1024 to 65534 is needed for $1"
}

# port_require WHAT PORT VARIABLE: ends with a message that says what to change.
port_require() {
    local what=$1 port=$2 variable=$3
    port_check "$@"
    # A server that was just killed keeps its port for a moment.
    wait_for 3 port_free "$port" ||
        die "port $port for $what is taken by another program: stop that one, or set $variable to a free port"
}

# port_pick: a port that is free, and the next one too (Kafka's controller takes it). Below the kernel's own range,
# so that no outgoing connection gets it before the server does.
port_pick() {
    local port tries
    for ((tries = 0; tries < 200; tries++)); do
        port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
        if port_free "$port" && port_free $((port + 1)); then
            echo "$port"
            return
        fi
    done
    die "no free port found between 20000 and 32000"
}

# ---- processes ----------------------------------------------------------------------------------------------------

# pid_is PID WORD: is it alive and has WORD in its command line? (A number alone may belong to somebody else by now.)
pid_is() {
    local line
    [[ $1 =~ ^[0-9]+$ ]] && [[ -r /proc/$1/cmdline ]] || return 1
    line=$(tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline") || return 1
    [[ $line == *"$2"* ]]
}

# ---- the folder for state -----------------------------------------------------------------------------------------

# server_user: the user that PostgreSQL runs as. It refuses root, so root hands over to the package's own user.
server_user() {
    if ((EUID == 0)); then
        echo postgres
    else
        id -un
    fi
}

# as_server_user COMMAND...
as_server_user() {
    if ((EUID == 0)); then
        HOME=/var/lib/postgresql setpriv --reuid=postgres --regid=postgres --init-groups -- "$@"
    else
        "$@"
    fi
}

# reachable FOLDER: may the server's user pass through this folder (or, where it is missing, its nearest parent)?
reachable() {
    local folder=$1
    while [[ ! -e $folder ]]; do
        folder=$(dirname "$folder")
    done
    ((EUID != 0)) || ! id postgres >/dev/null 2>&1 || (cd / && as_server_user test -x "$folder")
}

# state_init: sets STATE and makes it. A checkout below a closed folder such as /root cannot hold PostgreSQL's files
# when root runs it: then they go to /var/lib. Call it after packages_install, which brings the user postgres.
state_init() {
    if [[ -n ${REDRESS_STATE:-} ]]; then
        mkdir -p "$REDRESS_STATE"
        STATE=$(cd "$REDRESS_STATE" && pwd)
        reachable "$STATE" ||
            die "REDRESS_STATE=$STATE cannot be reached by the user postgres: choose a folder that everybody may enter"
    else
        STATE=$ROOT/.state
        if ! reachable "$STATE"; then
            STATE=/var/lib/redress-local/$(printf '%s' "$ROOT" | cksum | cut -d ' ' -f 1)
            say "the user postgres cannot enter $ROOT: state goes to $STATE (REDRESS_STATE changes that)"
        fi
        mkdir -p "$STATE"
    fi
    export STATE
}

# shellcheck source=deploy/local/packages.sh
. "$LOCAL_DIR/packages.sh"
# shellcheck source=deploy/local/postgres.sh
. "$LOCAL_DIR/postgres.sh"
# shellcheck source=deploy/local/kafka.sh
. "$LOCAL_DIR/kafka.sh"
# shellcheck source=deploy/local/gateways.sh
. "$LOCAL_DIR/gateways.sh"
