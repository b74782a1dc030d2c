#!/usr/bin/env bash
# What is made from redressctl's table: docs/redressctl.md is fresh, help and man page are there for every command,
# and bash completes what it should.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
ctl=${REDRESS_BIN:?}/redressctl
tmp=${REDRESS_TEST_TMP:?}
passed=0 failed=0

check() {
    local name=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $name"
    fi
}

fresh() {
    "$ctl" help --markdown | diff -u docs/redressctl.md - || {
        echo "make it anew: redressctl help --markdown >docs/redressctl.md"
        return 1
    }
}

settings_fresh() {
    "$ctl" config reference | diff -u docs/settings.md - || {
        echo "make it anew: redressctl config reference >docs/settings.md"
        return 1
    }
}

gateways_fresh() {
    "$ctl" gateway kinds --markdown | diff -u docs/gateways.md - || {
        echo "make it anew: redressctl gateway kinds --markdown >docs/gateways.md"
        return 1
    }
}

every_command_has_help() {
    local name
    local -a words
    sed -n 's/^### redressctl //p' docs/redressctl.md >"$tmp/commands"
    [[ -s $tmp/commands ]]
    while read -r name; do
        read -ra words <<<"$name"
        "$ctl" help "${words[@]}" >"$tmp/help"
        grep -qF "Usage: redressctl $name" "$tmp/help" || { echo "$name" && return 1; }
    done <"$tmp/commands"
}

man_page_is_sound() {
    "$ctl" man >"$tmp/redressctl.1"
    grep -q '^\.SH NAME$' "$tmp/redressctl.1"
    # A request that roff does not know, or an unescaped dot at a line's start, is a wrong line.
    ! grep -nE '^[.'"'"']' "$tmp/redressctl.1" | grep -vE '^[0-9]+:\.(TH|SH|SS|TP|PP|nf|fi)( |$)'
}

# completes LINE WORD...: the words that bash offers at the end of the line.
completes() {
    local line=$1
    shift
    [[ $(bash -c '
        eval "$("$1" completion bash)"
        read -ra COMP_WORDS <<<"$2"
        [[ $2 != *" " ]] || COMP_WORDS+=("")
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _redressctl
        printf "%s\n" "${COMPREPLY[@]}"' bash "$ctl" "$line" | sort | tr '\n' ' ') == "$* " ]]
}

check "docs/redressctl.md is fresh" fresh
check "docs/settings.md is fresh" settings_fresh
check "docs/gateways.md is fresh" gateways_fresh
check "every command has help" every_command_has_help
check "the man page is sound" man_page_is_sound
check "settings of both kinds are in the man page" grep -q 'REDRESS_PG' <("$ctl" man)
check "completes first words" completes "redressctl top" topics
check "completes second words" completes "redressctl topics " apply check plan
check "completes options" completes "redressctl topics apply --rep" --replication
check "completes values" completes "redressctl --output json" json jsonl
check "completes behind options" completes "redressctl --output json topics ch" check
check "completes shells" completes "redressctl completion " bash fish zsh
check "zsh script is there" grep -q '^#compdef redressctl' <("$ctl" completion zsh)
check "fish script is there" grep -q 'complete -c redressctl' <("$ctl" completion fish)
echo "$passed passed, $failed failed"
[[ $failed == 0 ]]
