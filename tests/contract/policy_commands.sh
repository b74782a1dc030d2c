#!/usr/bin/env bash
# redressctl policy check, diff and publish as people use them: what they print and the status they end with.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
ctl=${REDRESS_BIN:?}/redressctl
tmp=${REDRESS_TEST_TMP:?}/policy_commands
rm -rf "$tmp"
mkdir -p "$tmp"
standard=deploy/policies/standard.yaml
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

# ends STATUS WORDS COMMAND...: the command ends so and says this on either output.
ends() {
    local status=$1 words=$2 r=0
    shift 2
    "$ctl" "$@" >"$tmp/out" 2>&1 || r=$?
    if [[ $r != "$status" ]] || ! grep -qF -- "$words" "$tmp/out"; then
        echo "status $r:"
        cat "$tmp/out"
        return 1
    fi
}

sed -e 's/^version: 1/version: 2/' -e 's/limit: 48h/limit: 36h/' $standard >"$tmp/second.yaml"
sed -e 's/limit: 24h/limit: 0h/' -e 's/stop: contacted/stop: contcted/' $standard >"$tmp/bad.yaml"

check "shipped policies are good" ends 0 standard policy check $standard deploy/policies/construction.yaml
check "the demo's too" ends 0 construction policy check --tenant-dir deploy/demo.d/tenant
check "as JSON" ends 0 '{"policy":"standard","version":1,"effectiveFrom":"2026-01-01","clocks":10,"overrides":1,' \
    --output jsonl policy check $standard
check "nothing to check" ends 2 "needs FILE" policy check
check "two mistakes: the first" ends 1 'bad.yaml:27:12: clocks[1].limit: found "0h"' policy check "$tmp/bad.yaml"
check "two mistakes: the second" ends 1 'found "contcted": there is no such event' policy check "$tmp/bad.yaml"
check "the same version twice" ends 1 "version: found 1" policy check $standard $standard
check "what a tenant does not have" ends 1 "there is no such calendar" \
    policy check --tenant-dir deploy/demo.d/tenant <(sed 's/calendar: office/calendar: moon/' $standard)
check "a difference" ends 0 '"clock":"first_response","what":"limit","whom":"complexity complex","before":"48h","after":"36h"' \
    --output jsonl policy diff $standard "$tmp/second.yaml"
check "no difference" ends 0 "nothing changes" policy diff $standard $standard
check "two policies" ends 1 "only versions of one policy" policy diff $standard deploy/policies/construction.yaml
check "pages" ends 0 "$tmp/pages/YHHY.html" \
    policy publish --tenant-dir deploy/demo.d/tenant --out "$tmp/pages" --on 2026-07-01
pages=("$tmp"/pages/*)
check "a page per project" [ "${pages[*]##*/}" = "JLYF.html XCGC.html YHHY.html" ]
check "for people" grep -q '锦澜雅府 投诉处理服务承诺' "$tmp/pages/JLYF.html"
check "published again" ends 0 '{"tenant":"demo","pages":3}' --output json \
    policy publish --tenant-dir deploy/demo.d/tenant --out "$tmp/pages"
check "no such date" ends 2 '--on: found "soon"' \
    policy publish --tenant-dir deploy/demo.d/tenant --out "$tmp/pages" --on soon
check "nowhere to write" ends 1 "cannot make the folder" \
    policy publish --tenant-dir deploy/demo.d/tenant --out "$tmp/none/pages"
check "no such tenant" ends 1 "nothing was published" policy publish --tenant-dir "$tmp" --out "$tmp/pages"
echo "$passed passed, $failed failed"
[[ $failed == 0 ]]
