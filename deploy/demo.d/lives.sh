# shellcheck shell=bash
# Four complaints carried from submission to archive by commands, as staff and owners would give them: a simple matter, a
# complex one whose plan is rejected once, a major one with its joint inspection, a paid repair from quote to bill.
# Every submission and command has a reference of its own here: begun again, what was done before is answered as a repeat.
#
#   . deploy/demo.d/lives.sh     gives lives_run; needs ctl, step and DEMO of deploy/demo, and messages.sh

LIVES=(simple complex major paid)
declare -A LIFE_TITLE=(
    [simple]="a simple matter: assigned, done, confirmed (R30)"
    [complex]="a complex matter: investigated, planned, rejected, planned again, rectified, evaluated, confirmed (R25-R29)"
    [major]="a major matter: leaders told at once, joint inspection before it may be closed (R13)"
    [paid]="a paid repair: quoted, approved, appointed, done, signed, billed once (R31)"
)

# life_submit CATEGORY DESCRIPTION [FIELDS]: one complaint by the website; its number.
life_submit() {
    printf '{"tenant":"demo","source":"demo","sourceEventId":"life-%s","channel":"CHANNEL_WEBSITE","receivedAt":"%s",
        "projectCode":"YHHY","building":"3","unit":"life-%s","complainant":{"name":"示例业主","phone":"1380000%04d"},
        "categoryCode":"%s","description":"%s","demand":"请尽快处理"%s}\n' \
        "$life" "$began" "$life" $((9000 + ${#life})) "$1" "$2" "${3:-}" | tr -d '\n' |
        ctl submit - --output jsonl | sed -nE 's/.*"(number|complaintNumber)":"([^"]+)".*/\2/p' | head -n 1
}

# act ACTOR COMMAND [FIELD=VALUE...]: the next command of this life. "handler" is whoever has the case.
act() {
    local actor=$1 command=$2 field
    local -a set=()
    shift 2
    for field in "$@"; do
        set+=(--set "$field")
    done
    [[ $actor != handler ]] || actor=$(ctl complaint show "$number" --output json | sed -nE 's/.*"handler": *"([^"]+)".*/\1/p' | head -n 1)
    turn=$((turn + 1))
    ctl act "$number" "$command" --as "$actor" --id "demo-$life-$turn" "${set[@]}"
}

in_days() {
    date -u -d "+$1 days" +%Y-%m-%dT%H:%M:%SZ
}

life_simple() {
    number=$(life_submit community_environment.rubbish "3号楼下垃圾桶满了没有人清")
    act handler acknowledge
    act handler contact channel=phone reached=true note="已致电业主，今天清理"
    act handler complete result="垃圾已清走，垃圾桶已消毒"
    act S0201 feed_back channel=phone result="已清理，请查看"
    act complainant confirm way=code
    act S0201 close
    act S0201 archive
}

life_investigation() {
    act handler acknowledge
    act handler contact channel=phone reached=true note="约定上门查看"
    act handler start_investigation
    act handler complete_investigation methods=on_site,documents finding=true quality=defective demand=reasonable \
        responsible_department=engineering findings="$1"
    act S0100 hold_meeting departments=engineering,design agreed=true decision="由工程部整改"
}

life_plan() {
    act handler propose_plan responsible_id=S0101 deadline="$(in_days 9)" measures="$1" \
        "steps[0].responsible_id=S0101" "steps[0].deadline=$(in_days 4)" "steps[0].measure=凿除原防水层" \
        "steps[1].responsible_id=S0101" "steps[1].deadline=$(in_days 9)" "steps[1].measure=重做并闭水试验"
}

life_result() {
    act handler complete result="$1"
    act S0201 evaluate effective=true third_party=true result="第三方检测合格"
    act S0201 feed_back channel=letter result="书面告知处理结果"
    act complainant confirm way=code
}

life_complex() {
    number=$(life_submit house_quality.leakage "主卧天花板渗水，墙面起皮" ',"amountFen":"2000000"')
    life_investigation "楼上卫生间防水层失效"
    life_plan "凿除并重做防水"
    act complainant reject_plan said="要求同时修补墙面"
    life_plan "凿除并重做防水，修补墙面"
    act S0201 confirm_plan way=phone recorded_by=S0201
    act handler start_rectification
    act handler wait reason=outside_party party="防水材料供应商" asked="请确认到货日期"
    act handler resume result="材料已到"
    act S0201 tell_progress channel=sms text="已完成凿除，开始重做防水"
    life_result "防水已重做，墙面已修补"
    act S0201 close
    act S0201 archive
}

life_major() {
    number=$(life_submit house_quality.structural_hazard "阳台栏杆松动，有坠落危险")
    life_investigation "栏杆焊点开裂"
    life_plan "立即加固，更换焊点"
    act complainant confirm_plan way=code
    life_result "栏杆已加固"
    act handler arrange_inspection at="$(in_days 1)" attendee_ids=S0100,S0101 leader_id=S0200 place="3号楼阳台"
    act handler record_inspection attendee_ids=S0100,S0101 leader_id=S0200 findings="栏杆牢固" \
        photo_sha256="$(printf photo | sha256sum | cut -d ' ' -f 1)"
    act S0201 close
    act S0201 archive
}

life_paid() {
    number=$(life_submit repair.in_unit_paid "客厅灯坏了，请上门更换，费用自理")
    act S0100 classify category_code=repair.in_unit_paid complexity=simple
    act handler acknowledge
    act handler contact channel=phone reached=true note="约定上门时间"
    act handler open_work_order kind=paid task="更换客厅灯"
    act handler quote_work work_order=1 "lines[0].item=$1" "lines[0].quantity_milli=2000"
    act complainant approve_quote work_order=1 quote=1 way=code
    act handler dispatch_work work_order=1 team="维修一组"
    act handler agree_appointment work_order=1 from="$(in_days 1)" to="$(in_days 2)"
    act handler finish_work work_order=1 result="已更换两盏灯"
    act complainant sign_work work_order=1 way=code quality=5 attitude=5
    act handler complete result="灯已换好"
    act complainant confirm way=code
    act S0201 close
    act S0201 archive
}

# life_run LIFE: all of it, in a process of its own; its log ends with "done".
life_run() {
    local life=$1 number='' turn=0 began
    local -a arguments=()
    [[ $life != paid ]] || arguments=("$(ctl tenant prices demo --output jsonl | sed -nE 's/.*"item":"([^"]+)".*/\1/p' | head -n 1)")
    began=$(cat "$DEMO/lives.now")
    set -e
    "life_$life" "${arguments[@]}"
    echo "$number" >"$DEMO/life.$life"
}

lives_run() {
    local life
    local -A jobs=()
    if [[ ! -f $DEMO/lives.done ]]; then
        step "four complaints from submission to archive, by commands"
        [[ -f $DEMO/lives.now ]] || date -u -d '-10 minutes' +%Y-%m-%dT%H:%M:%SZ >"$DEMO/lives.now"
        for life in "${LIVES[@]}"; do
            life_run "$life" >"$DEMO/life.$life.log" 2>&1 7>&- &
            jobs[$life]=$!
        done
        for life in "${LIVES[@]}"; do
            wait "${jobs[$life]}" || { tail -n 20 "$DEMO/life.$life.log" >&2 && die "the $life life did not come to its end"; }
        done
        touch "$DEMO/lives.done"
    fi
    for life in "${LIVES[@]}"; do
        echo
        step "${LIFE_TITLE[$life]}"
        ctl policy explain "$(cat "$DEMO/life.$life")"
        messages_wait "$(cat "$DEMO/life.$life")"
        messages_of "$(cat "$DEMO/life.$life")"
    done
}
