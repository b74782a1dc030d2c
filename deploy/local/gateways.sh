# shellcheck shell=bash
# Private gateways for the demo: Kannel with a short message centre behind it, and an SMTP server with a mailbox; loopback
# only, no system service. Part of lib.sh. Packages: deploy/local/packages.txt.
#
#   gateways_start DIR PORT      starts what does not run, waits until a message could be sent; takes PORT and the next four
#   gateways_stop DIR
#   gateways_kill DIR            kill -9, for fault tests
#   gateways_running DIR         do all parts run?
#   gateways_show DIR [LAST]     the newest text messages and mails
#
# PORT is Kannel's sendsms (http://127.0.0.1:PORT/cgi-bin/sendsms, user redress, its password in DIR/kannel.password),
# PORT + 1 the SMTP server; the others: the SMSC, Kannel's administration, Kannel's boxes.
# DIR/smsc/sent.jsonl has a line for each text message, DIR/Maildir the mails, DIR/*.log what the parts say.

GATEWAY_PARTS=(smsc mail kannel)

# gateways_python MODULE ARGUMENT...: Debian's own Python, since its package brings the SMTP server.
gateways_python() {
    local module=$1
    shift
    PYTHONPATH=$ROOT/tests/support /usr/bin/python3 -B -m "gateways.$module" "$@"
}

# gateway_program NAME: Debian keeps servers in sbin, which is not in everybody's PATH.
gateway_program() {
    PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin command -v "$1" || die "$1 is missing: install the package kannel"
}

# gateway_running DIR PART: the keeper's command line has the folder and the part.
gateway_running() {
    local pid
    pid=$(cat "$1/$2.pid" 2>/dev/null) && pid_is "$pid" "redress-gateway-$2 $1"
}

gateways_running() {
    local part
    for part in "${GATEWAY_PARTS[@]}"; do
        gateway_running "$1" "$part" || return 1
    done
}

# gateway_keep DIR PART COMMAND...: runs it and, when it ends by itself, runs it again.
gateway_keep() {
    local dir=$1 part=$2
    shift 2
    ! gateway_running "$dir" "$part" || return 0
    # setsid: neither Ctrl-C in the terminal nor its end reaches it, and it can be killed with all that it started.
    # shellcheck disable=SC2016   # the inner shell's own variables
    PYTHONPATH=$ROOT/tests/support setsid --fork bash -c '
        log=$2/$3.log
        cd "$2" && echo $$ >"$3.pid" && shift 3 || exit 1
        trap "ended=1; kill -TERM \$child 2>/dev/null" TERM INT
        while [[ -z $ended ]]; do
            "$@" >>"$log" 2>&1 &
            child=$!
            wait $child
            [[ -z $ended ]] || { wait $child; exit 0; }
            sleep 0.5
        done' "redress-gateway-$part $dir" - "$dir" "$part" "$@" </dev/null >/dev/null 2>&1
}

# Both boxes end when one does. Left alone, a smsbox without bearerbox starts a copy of itself after ten seconds, which
# nobody would stop; and it panics where whoever takes its receipts is killed while it sends one.
# shellcheck disable=SC2016   # the inner shell's own variables
KANNEL_RUN='
    bearerbox=$1 smsbox=$2 config=$3 port=$4
    stop() { kill -KILL $s 2>/dev/null; kill -TERM $b 2>/dev/null; }
    trap stop TERM
    "$bearerbox" -v 4 "$config" & b=$!
    for ((i = 0; i < 100; i++)); do
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
        sleep 0.1
    done
    "$smsbox" -v 4 "$config" & s=$!
    wait -n
    stop
    wait'

# gateways_configure DIR PORT: written at each start, since the port may have changed.
gateways_configure() {
    local dir=$1 port=$2
    [[ -s $dir/kannel.password ]] || (umask 077 && head -c 18 /dev/urandom | base64 | tr '+/' 'ab' >"$dir/kannel.password")
    gateways_python kannel "$dir" --sendsms "$port" --line $((port + 2)) --admin $((port + 3)) --boxes $((port + 4)) \
        --password-file "$dir/kannel.password" >/dev/null
}

# gateways_answer DIR PORT: both servers take connections, and Kannel is bound to its SMSC.
gateways_answer() {
    port_listens "$2" && port_listens $(($2 + 1)) && gateways_running "$1" &&
        gateways_python kannel "$1" --admin $(($2 + 3)) --sendsms "$2" --ready
}

gateways_start() {
    local dir=$1 port=$2 offset
    mkdir -p "$dir"
    dir=$(cd "$dir" && pwd)
    if ! gateways_running "$dir"; then
        gateways_stop "$dir"
        for offset in 0 1 2 3 4; do
            port_require "the gateways (Kannel's port and the next four)" $((port + offset)) REDRESS_GATEWAYS_PORT
        done
        gateways_configure "$dir" "$port"
        gateway_keep "$dir" smsc /usr/bin/python3 -B -m gateways.smsc --port $((port + 2)) --folder "$dir/smsc"
        gateway_keep "$dir" mail /usr/bin/python3 -B -m gateways.mail --port $((port + 1)) --maildir "$dir/Maildir"
        gateway_keep "$dir" kannel bash -c "$KANNEL_RUN" kannel "$(gateway_program bearerbox)" "$(gateway_program smsbox)" \
            "$dir/kannel.conf" $((port + 4))
    fi
    wait_for 30 gateways_answer "$dir" "$port" && return 0
    tail -n 5 "$dir"/*.log >&2
    die "the gateways did not start in $dir (port $port); their logs: $dir/*.log"
}

# gateways_signal DIR SIGNAL WHOM: to the keepers ('') or to all that they started, too (-).
gateways_signal() {
    local part
    for part in kannel mail smsc; do
        ! gateway_running "$1" "$part" || kill "-$2" -- "$3$(cat "$1/$part.pid")" || true
    done
}

gateways_gone() {
    local part
    for part in "${GATEWAY_PARTS[@]}"; do
        ! gateway_running "$1" "$part" || return 1
    done
}

gateways_stop() {
    local dir
    [[ -d $1 ]] || return 0
    dir=$(cd "$1" && pwd)
    gateways_signal "$dir" TERM ''
    wait_for 15 gateways_gone "$dir" || gateways_signal "$dir" KILL -
    rm -f "$dir"/{smsc,mail,kannel}.pid
}

gateways_kill() {
    local dir
    dir=$(cd "$1" && pwd)
    gateways_running "$dir" || die "gateways_kill: not all gateways run in $dir"
    gateways_signal "$dir" KILL -
    wait_for 10 gateways_gone "$dir"
}

gateways_show() {
    gateways_python show "$1" --last "${2:-5}"
}
