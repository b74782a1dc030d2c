# shellcheck shell=bash
# A private PostgreSQL: one folder, loopback only, stopped and started at will. Part of lib.sh.
#
#   pg_start DIR PORT [durable|fast]   makes it when DIR holds none, starts it when it does not run, waits until it answers
#   pg_stop DIR                        fast shutdown
#   pg_kill DIR                        kill -9 of the postmaster, for fault tests
#   pg_running DIR
#   pg_uri PORT [DATABASE]
#
# `durable` is PostgreSQL as in production (fsync on). `fast` gives up durability against power loss, never against
# kill -9 (the kernel still has the pages): right for tests.
# DIR/data the cluster, DIR/postgres.log its log, DIR/.s.PGSQL.PORT its socket.

# pg_bin [MAJOR]: folder of the newest installed server, or of that major version.
pg_bin() {
    local bin
    bin=$(printf '%s\n' /usr/lib/postgresql/"${1:-*}"/bin | sort -t / -k 5,5n | tail -n 1)
    if [[ -z ${1:-} ]]; then
        bin=$(compgen -G '/usr/lib/postgresql/*/bin/postgres' | sort -t / -k 5,5n | tail -n 1)
        bin=${bin%/postgres}
    fi
    [[ -n $bin && -x $bin/postgres ]] ||
        die "no PostgreSQL ${1:+$1 }server below /usr/lib/postgresql: install the package postgresql${1:+-$1}"
    echo "$bin"
}

pg_uri() {
    printf 'postgresql://postgres@127.0.0.1:%s/%s\n' "$1" "${2:-postgres}"
}

# pg_tool DIR PROGRAM ARGUMENT...: a server program as the server's user, from a folder that he may stand in.
pg_tool() {
    local dir=$1 program=$2 bin major=
    shift 2
    [[ ! -f $dir/data/PG_VERSION ]] || major=$(<"$dir/data/PG_VERSION")
    bin=$(pg_bin "$major") || exit 1
    (cd "$dir" && as_server_user "$bin/$program" "$@")
}

pg_pid() {
    [[ -r $1/data/postmaster.pid ]] && head -n 1 "$1/data/postmaster.pid"
}

# Our own look, since pg_ctl believes any process that has the number.
pg_running() {
    local pid
    pid=$(pg_pid "$1") && pid_is "$pid" "$1/data"
}

pg_init() {
    local dir=$1 owner user
    user=$(server_user)
    id "$user" >/dev/null 2>&1 || die "no user '$user': install the package postgresql"
    mkdir -p "$dir"
    reachable "$dir" || die "$dir cannot be reached by the user $user that PostgreSQL runs as"
    owner=$(stat -c %U "$dir")
    if [[ $owner != "$user" ]]; then
        [[ ! -e $dir/data ]] || die "$dir belongs to $owner, but PostgreSQL would run as $user: run as before, or wipe it"
        ((EUID != 0)) || chown "$user:" "$dir"
    fi
    [[ ! -f $dir/data/PG_VERSION ]] || return 0

    # A half-made cluster of an interrupted initdb has no marker: start afresh.
    rm -rf "$dir/data.new" "$dir/data"
    # Whoever may open a connection on this machine's loopback may do everything: good enough for a demo and for
    # tests, never for production.
    pg_tool "$dir" initdb --pgdata="$dir/data.new" --username=postgres --auth=trust --encoding=UTF8 \
        --locale=C.UTF-8 --no-sync >"$dir/initdb.log" 2>&1 || {
        cat "$dir/initdb.log" >&2
        die "initdb failed in $dir"
    }
    echo "include 'redress.conf'" >>"$dir/data.new/postgresql.conf"
    mv "$dir/data.new" "$dir/data"
}

# pg_configure DIR PORT durable|fast: written at each start, since the port may have changed.
pg_configure() {
    local dir=$1 port=$2 mode=$3 socket=$1
    ((${#socket} < 85)) || socket= # the kernel takes 107 bytes for a socket's path
    {
        cat <<-CONF
	# Written by deploy/local/postgres.sh at each start.
	listen_addresses = '127.0.0.1'
	port = $port
	unix_socket_directories = '$socket'
	max_connections = 200
	shared_buffers = 256MB
	effective_cache_size = 2GB
	work_mem = 8MB
	maintenance_work_mem = 128MB
	max_locks_per_transaction = 256
	jit = off
	timezone = 'UTC'
	log_timezone = 'UTC'
	min_wal_size = 512MB
	max_wal_size = 4GB
	checkpoint_timeout = 15min
	track_io_timing = on
	autovacuum_naptime = 15s
	log_line_prefix = '%m [%p] %q%u@%d/%a '
	log_lock_waits = on
	log_min_duration_statement = 500ms
	# Parameters hold names and phone numbers: statements are logged without them.
	log_parameter_max_length = 0
	log_parameter_max_length_on_error = 0
	CONF
        if [[ $mode == fast ]]; then
            printf '%s\n' 'fsync = off' 'full_page_writes = off' 'min_wal_size = 256MB' 'max_wal_size = 2GB'
        else
            # DETAIL lines quote rows.
            printf '%s\n' 'log_error_verbosity = terse'
        fi
    } >"$dir/redress.conf.new"
    chmod 644 "$dir/redress.conf.new"
    mv "$dir/redress.conf.new" "$dir/data/redress.conf"
    ((EUID != 0)) || chown "$(server_user):" "$dir/data/redress.conf"
}

pg_start() {
    local dir=$1 port=$2 mode=${3:-durable}
    [[ $mode == durable || $mode == fast ]] || die "pg_start: '$mode' is neither durable nor fast"
    mkdir -p "$dir"
    dir=$(cd "$dir" && pwd)
    ! pg_running "$dir" || return 0
    pg_init "$dir"
    port_require PostgreSQL "$port" REDRESS_PG_PORT
    pg_configure "$dir" "$port" "$mode"
    # After kill -9 of the postmaster its children need a moment to notice, and hold the shared memory until then;
    # and its lock files stay, naming a process that may be somebody else's by now.
    [[ ! -e $dir/data/postmaster.pid ]] || wait_for 15 pg_orphans_gone "$dir" || true
    rm -f "$dir/data/postmaster.pid" "$dir"/.s.PGSQL.*
    pg_tool "$dir" pg_ctl start --pgdata="$dir/data" --log="$dir/postgres.log" --wait --timeout=120 --silent \
        >"$dir/pg_ctl.log" 2>&1 </dev/null || {
        tail -n 20 "$dir/pg_ctl.log" "$dir/postgres.log" >&2
        die "PostgreSQL did not start in $dir (port $port); its log: $dir/postgres.log"
    }
}

# pg_orphans_gone DIR: has every process of the server left its data folder?
pg_orphans_gone() {
    local cwd
    for cwd in /proc/[0-9]*/cwd; do
        [[ $(readlink "$cwd" 2>/dev/null) != "$1/data" ]] || return 1
    done
}

pg_stop() {
    local dir
    [[ -d $1 ]] || return 0
    dir=$(cd "$1" && pwd)
    pg_running "$dir" || return 0
    pg_tool "$dir" pg_ctl stop --pgdata="$dir/data" --mode=fast --wait --timeout=60 --silent >"$dir/pg_ctl.log" 2>&1 ||
        pg_tool "$dir" pg_ctl stop --pgdata="$dir/data" --mode=immediate --wait --silent >>"$dir/pg_ctl.log" 2>&1 || {
        cat "$dir/pg_ctl.log" >&2
        die "PostgreSQL in $dir did not stop"
    }
}

pg_kill() {
    local dir
    dir=$(cd "$1" && pwd)
    pg_running "$dir" || die "pg_kill: no PostgreSQL runs in $dir"
    kill -KILL "$(pg_pid "$dir")"
}
