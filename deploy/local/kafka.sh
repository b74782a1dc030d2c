# shellcheck shell=bash
# A private Apache Kafka: one KRaft node that is broker and controller, loopback only. Part of lib.sh.
#
#   kafka_fetch                  the jars, through Maven, once; STATE/kafka-lib, shared by the demo and the tests
#   kafka_start DIR PORT         formats when DIR holds none, starts it when it does not run, waits until it answers
#   kafka_stop DIR               clean shutdown; after 20 s it is killed
#   kafka_kill DIR               kill -9, for fault tests
#   kafka_running DIR
#
# REDRESS_KAFKA_HEAP (default 512m) and REDRESS_KAFKA_JVM (extra or overriding options) reach the JVM.
# PORT serves clients, PORT + 1 the controller. DIR/data the log segments, DIR/kafka.log the broker's own log.

# kafka_lib: folder of the jars.
kafka_lib() {
    printf '%s\n' "${REDRESS_KAFKA_LIB:-$STATE/kafka-lib}"
}

kafka_fetched() {
    cmp -s "$LOCAL_DIR/pom.xml" "$(kafka_lib)/pom.xml"
}

# The pom is copied last: a folder with the same pom is whole. The lock keeps two runs from fetching side by side.
kafka_fetch() {
    local lib start=$EPOCHREALTIME
    lib=$(kafka_lib)
    ! kafka_fetched || return 0
    command -v mvn >/dev/null || die "mvn is missing: install the package maven"
    mkdir -p "$(dirname "$lib")"
    (
        flock 9
        ! kafka_fetched || exit 0
        say "fetching Apache Kafka's jars through Maven (about 45 MB)"
        rm -rf "$lib" "$lib.new"
        mvn -q -B -f "$LOCAL_DIR/pom.xml" dependency:copy-dependencies -DincludeScope=runtime \
            -DoutputDirectory="$lib.new" </dev/null >"$lib.log" 2>&1 || {
            tail -n 20 "$lib.log" >&2
            die "Maven could not fetch Kafka's jars (its output: $lib.log)"
        }
        cp "$LOCAL_DIR/pom.xml" "$lib.new/"
        mv "$lib.new" "$lib"
        say "Kafka's jars are there ($(elapsed "$start") s)"
    ) 9>"$lib.lock"
}

kafka_pid() {
    [[ -r $1/kafka.pid ]] && cat "$1/kafka.pid"
}

kafka_running() {
    local pid
    pid=$(kafka_pid "$1") && pid_is "$pid" "$1/server.properties"
}

# kafka_configure DIR PORT: written at each start, since the port may have changed.
kafka_configure() {
    cat >"$1/server.properties" <<-CONF
	# Written by deploy/local/kafka.sh at each start.
	process.roles=broker,controller
	node.id=1
	controller.quorum.voters=1@127.0.0.1:$(($2 + 1))
	controller.listener.names=CONTROLLER
	listeners=PLAINTEXT://127.0.0.1:$2,CONTROLLER://127.0.0.1:$(($2 + 1))
	advertised.listeners=PLAINTEXT://127.0.0.1:$2
	log.dirs=$1/data
	auto.create.topics.enable=false
	default.replication.factor=1
	offsets.topic.replication.factor=1
	offsets.topic.num.partitions=8
	transaction.state.log.replication.factor=1
	transaction.state.log.min.isr=1
	transaction.state.log.num.partitions=4
	share.coordinator.state.topic.replication.factor=1
	share.coordinator.state.topic.min.isr=1
	share.coordinator.state.topic.num.partitions=1
	# After kill -9 the broker waits until its old registration has timed out (9 s by default).
	broker.session.timeout.ms=2500
	broker.heartbeat.interval.ms=500
	group.initial.rebalance.delay.ms=0
	group.min.session.timeout.ms=1000
	message.max.bytes=16777216
	replica.fetch.max.bytes=16777216
	# Nothing is deleted unless its topic says so: a demo may stand for weeks.
	log.retention.ms=-1
	log.retention.bytes=-1
	offsets.retention.minutes=525600
	# Many small topics: keep what each partition takes from the start small.
	log.segment.bytes=134217728
	log.index.size.max.bytes=1048576
	log.cleaner.dedupe.buffer.size=16777216
	CONF
}

# kafka_command: sets the array KAFKA_JAVA. The star in the class path is Java's, not the shell's.
kafka_command() {
    local log=-Dorg.slf4j.simpleLogger
    local -a extra
    read -ra extra <<<"${REDRESS_KAFKA_JVM:-}"
    KAFKA_JAVA=(
        java "-Xmx${REDRESS_KAFKA_HEAP:-512m}" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 "${extra[@]}"
        "$log.defaultLogLevel=warn" "$log.log.kafka.server.KafkaRaftServer=info"
        "$log.showDateTime=true" "$log.dateTimeFormat=yyyy-MM-dd HH:mm:ss.SSS"
        -cp "$(kafka_lib)/*"
    )
}

kafka_format() {
    local dir=$1 id
    [[ ! -f $dir/data/meta.properties ]] || return 0
    rm -rf "$dir/data"
    # 16 random bytes as URL-safe base64 without padding, never starting with a dash.
    id=R$(head -c 16 /dev/urandom | base64 | tr '+/' '_A' | cut -c 2-22)
    "${KAFKA_JAVA[@]}" kafka.tools.StorageTool format -t "$id" -c "$dir/server.properties" >"$dir/format.log" 2>&1 || {
        tail -n 20 "$dir/format.log" >&2
        die "Kafka could not format $dir/data"
    }
}

# kafka_answers DIR PORT: it has said that it is up, and takes connections.
kafka_answers() {
    grep -qs 'Kafka Server started' "$1/kafka.log" && port_listens "$2"
}

kafka_up_or_dead() {
    kafka_answers "$1" "$2" || ! kafka_running "$1"
}

kafka_start() {
    local dir=$1 port=$2
    mkdir -p "$dir"
    dir=$(cd "$dir" && pwd)
    ! kafka_running "$dir" || return 0
    command -v java >/dev/null || die "java is missing: install the package default-jdk-headless"
    kafka_fetch
    port_require Kafka "$port" REDRESS_KAFKA_PORT
    port_require "Kafka's controller (the port after Kafka's)" $((port + 1)) REDRESS_KAFKA_PORT
    kafka_configure "$dir" "$port"
    kafka_command
    kafka_format "$dir"
    [[ ! -f $dir/kafka.log ]] || mv "$dir/kafka.log" "$dir/kafka.log.1"
    # setsid: neither Ctrl-C in the terminal nor its end reaches the broker.
    # shellcheck disable=SC2016   # the inner shell's own variables
    setsid --fork bash -c 'cd "$1"; echo $$ >kafka.pid; shift; exec "$@"' kafka "$dir" \
        "${KAFKA_JAVA[@]}" kafka.Kafka "$dir/server.properties" </dev/null >"$dir/kafka.log" 2>&1
    wait_for 3 kafka_running "$dir" || true
    wait_for 90 kafka_up_or_dead "$dir" "$port" || true
    kafka_running "$dir" && kafka_answers "$dir" "$port" && return 0
    tail -n 20 "$dir/kafka.log" >&2
    die "Kafka did not start in $dir (port $port); its log: $dir/kafka.log"
}

kafka_stopped() {
    ! kafka_running "$1"
}

kafka_stop() {
    local dir
    [[ -d $1 ]] || return 0
    dir=$(cd "$1" && pwd)
    if kafka_running "$dir"; then
        kill -TERM "$(kafka_pid "$dir")"
        wait_for 20 kafka_stopped "$dir" || kafka_kill "$dir"
    fi
    rm -f "$dir/kafka.pid"
}

kafka_kill() {
    local dir
    dir=$(cd "$1" && pwd)
    kafka_running "$dir" || die "kafka_kill: no Kafka runs in $dir"
    kill -KILL "$(kafka_pid "$dir")"
    wait_for 10 kafka_stopped "$dir"
}
