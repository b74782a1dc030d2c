# shellcheck shell=bash
# What the demo tells people, and through what: Kannel and an SMTP server of its own, or a file where those cannot be had.
#
#   . deploy/demo.d/messages.sh     needs ctl, step, wait_for, DEMO, GATEWAYS_PORT and HTTP_PORT of deploy/demo
#
#   messages_gateways     installs and starts the gateways
#   messages_apply        gives the tenant its settings
#   messages_wait NUMBER  waits until the end of a complaint was told, and nothing of it is on its way
#   messages_of NUMBER    what people were told of one complaint, a line each
#   messages_show         waits until nothing is on its way, and shows what arrived
#   messages_place        where that lies

# messages_gateways: a subshell each, since what ends it must not end the demo: it goes on with a file.
messages_gateways() {
    if (packages_install "$ROOT/deploy/local/packages.txt") && (gateways_start "$DEMO/gateways" "$GATEWAYS_PORT"); then
        rm -f "$DEMO/messages.to_file"
        return 0
    fi
    touch "$DEMO/messages.to_file" "$DEMO/messages.jsonl"
    gateways_stop "$DEMO/gateways"
    say "no gateways (see above): what people are told goes to the file $DEMO/messages.jsonl instead"
}

messages_to_file() {
    [[ -f $DEMO/messages.to_file ]]
}

# messages_settings: the tenant's file with the ports and paths of this demo. The daemon reads it from its database, where
# it has no folder: paths are whole.
messages_settings() {
    local text
    text=$(<deploy/demo.d/tenant/notifications.yaml)
    if messages_to_file; then
        text="${text%%$'\n'gateways:*}"$'\n'"gateways:"$'\n'"  - {gateway: file, kind: file, settings: {path: \"$DEMO/messages.jsonl\"}}"
    fi
    text=${text//18105/"${HTTP_PORT[notification]}"}
    text=${text//18110/"$GATEWAYS_PORT"}
    text=${text//18111/"$((GATEWAYS_PORT + 1))"}
    text=${text//password_file: kannel.password/"password_file: \"$DEMO/gateways/kannel.password\""}
    printf '%s\n' "$text"
}

messages_apply() {
    messages_settings >"$DEMO/notifications.yaml"
    ctl notify apply --tenant demo "$DEMO/notifications.yaml" >>"$DEMO/setup.log" 2>&1 ||
        { tail -n 20 "$DEMO/setup.log" >&2 && die "notify apply failed"; }
}

# messages_none OPTION...: there is none of this kind.
messages_none() {
    [[ -z $(ctl notify list --limit 1 --output jsonl "$@") ]]
}

# messages_arrived [OPTION...]: nothing waits for its turn or is on its way; of SMS a receipt says that it arrived.
messages_arrived() {
    messages_none --state queued "$@" && messages_none --state sending "$@" &&
        messages_none --state sent --gateway kannel "$@"
}

messages_ended() {
    ctl notify list --number "$1" --output jsonl | grep -q '"event":"closed"' && messages_arrived --number "$1"
}

messages_wait() {
    wait_for 30 messages_ended "$1" || true
}

# messages_of NUMBER: the oldest first, short.
messages_of() {
    echo
    echo "  told (redressctl notify list --number $1):"
    ctl notify list --number "$1" --limit 200 --output jsonl | tac |
        sed -E 's/.*"event":"([^"]*)","audience":"([^"]*)","recipient":"?([^",]*)"?,"channel":"([^"]*)".*"state":"([^"]*)".*"createdAt":"[^T]*T([0-9:]{8}).*/\6|\1|\2 \3|\4|\5/
            s/ null\|/|/' |
        while IFS='|' read -r at event whom channel state; do
            printf '    %s  %-24s %-24s %-7s %s\n' "$at" "$event" "$whom" "$channel" "$state"
        done
}

# messages_count: how many are in which state, and why they wait.
messages_count() {
    ctl notify list --limit 100000 --output jsonl |
        sed -E 's/.*"state":"([^"]*)","heldFor":"([^"]*)".*/\1 \2/; s/ $//' | sort | uniq -c | sort -rn |
        sed -E 's/held digest/held, to be told together (digest)/; s/failed$/failed (mostly: no address)/
            s/cancelled$/cancelled (the clock was met before it left)/'
}

messages_show() {
    echo
    wait_for 20 messages_arrived || true
    step "what people were told"
    ctl notify gateways
    echo
    messages_count
    echo
    if messages_to_file; then
        echo "$(wc -l <"$DEMO/messages.jsonl") messages in $DEMO/messages.jsonl (no gateways here), the newest:"
        tail -n 5 "$DEMO/messages.jsonl"
    else
        gateways_show "$DEMO/gateways" 6
    fi
}

messages_place() {
    if messages_to_file; then
        echo "$DEMO/messages.jsonl"
    else
        echo "$DEMO/gateways/smsc/sent.jsonl (SMS), $DEMO/gateways/Maildir (mail)"
    fi
}
