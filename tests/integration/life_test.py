#!/usr/bin/env python3
"""A complaint's whole life by commands over Kafka only: simple, complex, major, paid repair, from submission to archive."""
# timeout: 300
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from desk import Desk, stamp  # noqa: E402
from suite import ROOT, Suite  # noqa: E402

DIGEST = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
SERVICE, SERVICE_HEAD = "S0201", "S0200"
SECRET = "卧室东墙有裂缝，业主电话13900006023"


def prepare(suite):
    """Prices and promises that the lives need."""
    suite.sql("INSERT INTO dispatch.price VALUES ('demo', '', 'test_lamp', '2026-01-01', '更换灯具', '个', 5000), "
              "('demo', 'YHHY', 'test_lamp', '2026-02-01', '更换灯具', '个', 5500), "
              "('demo', '', 'test_visit', '2026-01-01', '上门费', '次', 3001); "
              "UPDATE dispatch.tenant_revision SET revision = revision + 1")
    suite.must("policy", "apply", str(ROOT / "deploy/demo.d/tenant"))


class Life(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.suite = Suite("life").__enter__()
        cls.addClassCleanup(cls.suite.close)
        prepare(cls.suite)
        cls.suite.start("relay", "intake", "dispatch", "watchdog")
        cls.desk = Desk(cls.suite)
        cls.addClassCleanup(cls.desk.close)

    def clocks_are(self, case, **wanted):
        self.desk.until(lambda: wanted.items() <= case.clocks().items())

    def journal_holds(self):
        self.suite.must("journal", "verify")
        self.assertEqual(self.suite.sql(
            "SELECT count(*) FROM (SELECT 1 FROM journal.entry WHERE aggregate_id IS NOT NULL GROUP BY aggregate_id HAVING "
            "min(aggregate_version) <> 1 OR max(aggregate_version) <> count(*)) AS bad"), "0")

    def close_and_archive(self, case):
        self.desk.do(case, "close", SERVICE)
        self.assertEqual(case.status, "closed")
        self.desk.do(case, "archive", SERVICE)
        self.assertEqual(case.status, "archived")
        self.assertEqual(case.field("retain_until_at > now() + interval '2 years 364 days'"), "t")
        self.desk.until(lambda: "running" not in case.clocks().values())
        self.journal_holds()

    # ---- R30 ----

    def test_a_simple_matter_goes_from_assignment_to_done_and_confirmed(self):
        case = self.desk.submit("community_environment.rubbish")
        self.assertEqual(case.status, "assigned")
        self.clocks_are(case, acknowledgement="running", first_response="running", registration="met")
        self.desk.do(case, "contact", channel="CONTACT_CHANNEL_PHONE", reached=False)
        self.assertEqual(case.clocks()["first_response"], "running")
        self.desk.do(case, "contact", channel="CONTACT_CHANNEL_PHONE", reached=True, note="已电话联系业主")
        self.clocks_are(case, first_response="met", acknowledgement="running")
        self.desk.do(case, "complete", result="垃圾已清走", evidenceSha256=[DIGEST])
        self.clocks_are(case, acknowledgement="skipped", investigation_start="skipped", feedback="running")
        refusal = self.desk.refused(case, "start_investigation")
        self.assertEqual(refusal["code"], "wrong_state")
        self.assertEqual(refusal["state"], "rectified")
        self.assertIn("confirm", self.desk.refused(case, "close", SERVICE)["allowed"])
        self.desk.do(case, "feed_back", SERVICE, channel="CONTACT_CHANNEL_PHONE", result="已处理完毕")
        self.clocks_are(case, feedback="met", confirmation="running")
        self.desk.do(case, "confirm", "complainant", way="CONFIRMATION_WAY_CODE")
        self.clocks_are(case, confirmation="met")
        self.close_and_archive(case)
        self.assertEqual(case.events(), ["registered", "assigned", "contact_attempted", "contacted", "rectified", "fed_back",
                                         "confirmed", "closed", "archived"])

    # ---- R25-R29, R34, R35 ----

    def plan(self, case, **changes):
        fields = {"responsibleId": case.handler, "deadline": stamp(days=9), "measures": "凿除重做防水",
                  "steps": [{"responsibleId": case.handler, "deadline": stamp(days=4), "measure": "凿除"},
                            {"responsibleId": case.handler, "deadline": stamp(days=9), "measure": "重做防水"}]}
        fields.update(changes)
        return fields

    def investigate(self, case):
        self.desk.do(case, "acknowledge")
        self.desk.do(case, "start_investigation")
        self.clocks_are(case, acknowledgement="met", investigation_start="met")
        self.desk.do(case, "complete_investigation", methods=["INVESTIGATION_METHOD_ON_SITE", "INVESTIGATION_METHOD_DOCUMENTS"],
                     finding="FINDING_TRUE", quality="QUALITY_FINDING_DEFECTIVE", demand="DEMAND_FINDING_REASONABLE",
                     responsibleDepartment="engineering", findings=SECRET)
        self.clocks_are(case, investigation_end="met", plan="running")

    def test_a_complex_matter_is_planned_rejected_planned_again_and_done(self):
        case = self.desk.submit("house_quality.leakage", description="天花板渗水", amountFen="2000000")
        self.assertEqual(case.field("level"), "customer_service", "more than 10,000 yuan at stake (R34)")
        self.assertEqual(self.desk.refused(case, "complete")["code"], "not_simple")
        self.investigate(case)
        self.assertEqual(self.desk.refused(case, "propose_plan", **self.plan(case))["code"], "no_meeting")
        self.desk.do(case, "hold_meeting", departments=["engineering", "design"], agreed=True, decision="由工程部整改")
        self.assertEqual(self.desk.refused(case, "propose_plan", **self.plan(case, deadline=stamp(hours=-1)))["code"],
                         "deadline_passed")
        self.desk.do(case, "propose_plan", **self.plan(case))
        self.clocks_are(case, plan="met")
        self.desk.do(case, "reject_plan", "complainant", said="要求同时赔偿")
        self.assertEqual(case.field("level"), "senior_management")
        self.clocks_are(case, plan="running")
        self.desk.do(case, "propose_plan", **self.plan(case, amountFen="300000"))
        self.assertEqual(self.desk.refused(case, "confirm_plan", SERVICE, way="CONFIRMATION_WAY_PHONE")["code"], "not_proven")
        self.desk.do(case, "confirm_plan", SERVICE, way="CONFIRMATION_WAY_PHONE", recordedBy=SERVICE)
        self.clocks_are(case, rectification="running")
        self.assertEqual(self.suite.sql("SELECT due_at = (SELECT plan_deadline_at FROM dispatch.case_state WHERE complaint_id = "
                                        "c.complaint_id) FROM watchdog.clock c WHERE name = 'rectification' AND complaint_id = "
                                        "'%s'" % case.id), "t", "the plan's own deadline (R20)")
        self.desk.do(case, "start_rectification")
        self.wait_and_go_on(case)
        self.desk.do(case, "complete", result="整改完成", evidenceSha256=[DIGEST])
        self.clocks_are(case, rectification="met", feedback="running")
        self.desk.do(case, "evaluate", SERVICE, thirdParty=True, effective=True, result="闭水试验合格", evidenceSha256=[DIGEST])
        self.desk.do(case, "feed_back", SERVICE, channel="CONTACT_CHANNEL_LETTER", result="书面告知")
        self.desk.do(case, "confirm", "complainant", way="CONFIRMATION_WAY_SIGNATURE", evidenceSha256=DIGEST)
        self.close_and_archive(case)
        self.nothing_personal_leaves()

    def wait_and_go_on(self, case):
        """R14: the agreed deadline is not moved by a pause; the clocks that may wait do."""
        self.desk.do(case, "wait", reason="WAIT_REASON_OUTSIDE_PARTY", party="防水材料供应商", asked="请于周五前到货")
        self.assertEqual(case.field("waiting_for"), "outside_party")
        self.assertEqual(self.desk.refused(case, "complete")["code"], "waiting")
        self.assertEqual(self.desk.refused(case, "wait", reason="WAIT_REASON_AUTHORITY", asked="x")["code"], "waiting")
        self.desk.do(case, "chase_party", note="已电话催促")
        self.desk.do(case, "resume", result="已到货")
        self.desk.do(case, "request_information", question="请提供收楼日期")
        self.clocks_are(case, information="running")
        self.assertEqual(self.desk.refused(case, "request_information", question="再问一次")["code"], "asked_already")
        self.desk.do(case, "give_information", "complainant", text="去年五月")
        self.clocks_are(case, information="met")
        self.desk.do(case, "note", text="第一步已完成")
        self.desk.do(case, "tell_progress", SERVICE, channel="CONTACT_CHANNEL_SMS", text="已完成凿除")

    def nothing_personal_leaves(self):
        self.assertEqual(self.suite.sql("SELECT count(*) FROM journal.entry WHERE position(convert_to('13900006023', 'UTF8') IN "
                                        "payload) > 0 OR position(convert_to('东墙', 'UTF8') IN payload) > 0"), "0")
        self.assertEqual(self.suite.sql("SELECT count(*) FROM dispatch.case_text WHERE content = '%s'" % SECRET), "1")

    # ---- R34: at stake in one home ----

    def in_one_batch(self, send, finish):
        """What is sent while dispatch is away it finds together."""
        self.suite.stop("dispatch")
        try:
            sent = send()
        finally:
            self.suite.start("dispatch")
        return finish(sent)

    def levels(self, cases):
        return sorted(case.field("level") for case in cases)

    def test_what_is_at_stake_in_a_home_adds_up_within_a_batch(self):
        home = {"unit": "R34-1", "categoryCode": "community_environment.rubbish", "amountFen": "600000"}
        cases = self.in_one_batch(lambda: [self.desk.register(**home) for _ in range(2)],
                                  lambda sent: self.desk.until(lambda: all(c.status for c in sent)) and sent)
        self.assertEqual(self.levels(cases), ["customer_service", "handler"])

    def test_what_plans_cost_in_a_home_adds_up_within_a_batch(self):
        cases = [self.desk.submit("community_environment.rubbish", unit="R34-2") for _ in range(2)]
        for case in cases:
            self.investigate(case)
        answers = self.in_one_batch(lambda: [self.desk.send(c, "propose_plan", c.handler, **self.plan(c, amountFen="600000"))
                                             for c in cases],
                                    lambda sent: [self.desk.answer(reference)["result"] for reference in sent])
        self.assertEqual(answers, ["OUTCOME_RESULT_ACCEPTED"] * 2)
        self.assertEqual(self.levels(cases), ["customer_service", "handler"])

    def test_what_was_withdrawn_counts_no_more_when_it_is_archived(self):
        """Neither as money at stake (R34) nor as the same trouble again: it was never closed."""
        home = {"unit": "R34-3", "amountFen": "600000"}
        gone = self.desk.submit("community_environment.rubbish", **home)
        self.desk.do(gone, "withdraw", "complainant", why="已自行解决")
        self.desk.do(gone, "archive", SERVICE)
        case = self.desk.submit("community_environment.rubbish", **home)
        self.assertEqual(case.field("level"), "handler")
        self.assertEqual(case.events(), ["registered", "assigned"])

    # ---- R13 ----

    def test_a_major_matter_is_inspected_before_it_ends(self):
        case = self.desk.submit("house_quality.structural_hazard", description="阳台栏杆松动，有坠落危险")
        self.assertEqual(case.field("severity"), "major")
        self.assertEqual(case.field("level"), "senior_management")
        self.assertEqual(case.events()[2:], ["inspection_opened", "escalated"])
        self.clocks_are(case, inspection="running")
        self.assertEqual(self.desk.refused(case, "withdraw", "complainant", why="不投诉了")["code"], "not_inspected")
        self.investigate(case)
        self.desk.do(case, "hold_meeting", departments=["engineering"], agreed=False, decision="未达成一致")
        self.desk.do(case, "hold_meeting", departments=["engineering"], agreed=True, decision="立即加固")
        self.desk.do(case, "propose_plan", **self.plan(case))
        self.desk.do(case, "confirm_plan", "complainant", way="CONFIRMATION_WAY_PAPER", evidenceSha256=DIGEST)
        self.desk.do(case, "complete", result="已加固")
        self.desk.do(case, "evaluate", SERVICE, effective=True, result="合格")
        self.desk.do(case, "feed_back", SERVICE, channel="CONTACT_CHANNEL_PHONE", result="已加固")
        self.desk.do(case, "confirm", "complainant", way="CONFIRMATION_WAY_CODE")
        self.assertEqual(self.desk.refused(case, "close", SERVICE)["code"], "not_inspected")
        self.desk.do(case, "arrange_inspection", at=stamp(hours=3), attendeeIds=[case.handler, case.head], leaderId=SERVICE_HEAD,
                     place="3号楼1203室阳台")
        self.desk.do(case, "record_inspection", attendeeIds=[case.handler, case.head], leaderId=SERVICE_HEAD,
                     photoSha256=[DIGEST], findings="栏杆已加固，无松动")
        self.clocks_are(case, inspection="met")
        self.close_and_archive(case)

    # ---- R24, R31 ----

    def test_a_paid_repair_is_quoted_approved_done_signed_and_billed_once(self):
        case = self.desk.submit("repair.in_unit_paid", description="客厅灯坏了，请上门更换")
        self.desk.do(case, "classify", case.head, categoryCode="repair.in_unit_paid", complexity="COMPLEXITY_SIMPLE")
        self.desk.do(case, "acknowledge")
        self.desk.do(case, "open_work_order", task="更换客厅灯", kind="WORK_KIND_PAID")
        refusal = self.desk.refused(case, "dispatch_work", workOrder=1, team="维修一组")
        self.assertEqual((refusal["code"], refusal["rule"]), ("work_order_not_ready", "R31"))
        self.assertEqual(self.desk.refused(case, "quote_work", workOrder=1, lines=[{"item": "gold", "quantityMilli": "1000"}])["code"],
                         "no_price")
        self.desk.do(case, "quote_work", workOrder=1, lines=[{"item": "test_lamp", "quantityMilli": "2000"}])
        self.desk.do(case, "quote_work", workOrder=1, lines=[{"item": "test_lamp", "quantityMilli": "2000"},
                                                             {"item": "test_visit", "quantityMilli": "500"}])
        self.assertEqual(self.desk.refused(case, "approve_quote", "complainant", workOrder=1, quote=1,
                                           way="CONFIRMATION_WAY_CODE")["code"], "work_order_not_ready")
        self.desk.do(case, "approve_quote", "complainant", workOrder=1, quote=2, way="CONFIRMATION_WAY_CODE")
        self.desk.do(case, "dispatch_work", workOrder=1, team="维修一组")
        self.desk.do(case, "agree_appointment", **{"workOrder": 1, "from": stamp(hours=1), "to": stamp(hours=3)})
        self.clocks_are(case, appointment="running")
        self.assertEqual(self.desk.refused(case, "complete")["code"], "open_work_orders")
        self.desk.do(case, "finish_work", workOrder=1, result="已更换")
        self.clocks_are(case, appointment="met")
        sign = {"workOrder": 1, "way": "CONFIRMATION_WAY_SIGNATURE", "evidenceSha256": DIGEST, "quality": 5, "attitude": 4}
        self.assertEqual(self.desk.refused(case, "sign_work", "complainant", **dict(sign, quality=6))["code"], "bad_rating")
        first = self.desk.command(case, "sign_work", "complainant", reference="sign-1", **sign)
        again = self.desk.command(case, "sign_work", "complainant", reference="sign-1", **sign)
        self.assertEqual((first["result"], again["result"]), ("OUTCOME_RESULT_ACCEPTED", "OUTCOME_RESULT_DUPLICATE"))
        self.assertEqual(self.suite.sql("SELECT total_fen, quote, approved FROM dispatch.work_order WHERE complaint_id = '%s'"
                                        % case.id), "12501|2|2", "2 x 55.00 and half of 30.01, rounded up")
        bills = self.desk.until(lambda: [r for r in self.suite.must("decode", "billing").lines if r["key"] == case.id])
        self.assertEqual([b["value"]["totalFen"] for b in bills], ["12501"])
        self.desk.do(case, "complete", result="灯已换好")
        self.desk.do(case, "confirm", "complainant", way="CONFIRMATION_WAY_CODE")
        self.close_and_archive(case)

    # ---- bad input ----

    def test_wrong_commands_change_nothing_and_say_why(self):
        case = self.desk.submit("community_environment.rubbish")
        version = case.field("version")
        self.assertEqual(self.desk.refused(case, "acknowledge", "S0500")["code"], "wrong_role")
        self.assertEqual(self.desk.refused(case, "acknowledge", expected=9)["code"], "stale_version")
        self.assertEqual(self.desk.refused(case, "acknowledge", done_at=stamp(hours=-1))["code"], "before_last_step")
        self.assertEqual(self.desk.refused("YHHY-20200101-99999", "acknowledge", "S0401")["code"], "unknown_complaint")
        other = self.desk.submit("community_environment.rubbish")
        refusal = self.desk.refused(case, "acknowledge", number=other.number)
        self.assertEqual(refusal["code"], "other_number", "it is not known which of both is meant")
        for problems, fields in (({"channel": "required"}, {}), ({"channel": "unknown_value"}, {"channel": 99})):
            outcome = self.desk.command(case, "contact", case.handler, **fields)
            self.assertEqual(outcome["result"], "OUTCOME_RESULT_REJECTED")
            self.assertLessEqual(problems.items(), {p["path"]: p["code"] for p in outcome["problems"]}.items())
        for actor, code in (("", "required"), ("S9999", "unknown_staff"), ("system:dispatch", "unknown_staff")):
            outcome = self.desk.command(case, "acknowledge", actor)
            self.assertEqual({p["path"]: p["code"] for p in outcome["problems"]}, {"actor": code})
        self.assertEqual(self.desk.command(case, "acknowledge", case.handler, tenant="other")["problems"][0]["code"], "unknown_tenant")
        first = self.desk.command(case, "note", case.handler, reference="note-1", text="一")
        other = self.desk.command(case, "note", case.handler, reference="note-1", text="二")
        self.assertEqual((first["result"], other["result"]), ("OUTCOME_RESULT_ACCEPTED", "OUTCOME_RESULT_CONFLICT"))
        self.assertEqual(int(case.field("version")), int(version) + 1)
        self.assertEqual(self.suite.sql("SELECT count(*) FROM dispatch.dead_letter"), "0")

    def test_what_cannot_be_read_is_answered_in_the_name_of_its_tenant(self):
        headers = {"ce_tenantid": "demo", "ce_source": "desk", "ce_id": "broken-1", "content-type": "application/json"}
        self.desk.publish("redress.commands.v1", "x", {"no": "such field"}, headers)
        self.assertEqual(self.desk.answer("broken-1")["result"], "OUTCOME_RESULT_REJECTED")
        self.assertEqual(self.suite.sql("SELECT tenant_id FROM journal.entry WHERE topic = 'redress.outcomes.v1' AND "
                                        "key = 'demo:desk:broken-1'"), "demo")
        self.assertEqual(self.suite.sql("DELETE FROM dispatch.dead_letter RETURNING reason"), "unknown_field")

    def test_a_refused_command_stays_refused_when_it_is_repeated(self):
        case = self.desk.submit("community_environment.rubbish")
        first = self.desk.command(case, "start_investigation", case.handler, reference="early")
        self.desk.do(case, "acknowledge")
        again = self.desk.command(case, "start_investigation", case.handler, reference="early")
        self.assertEqual((first["result"], again["result"]), ("OUTCOME_RESULT_REFUSED",) * 2)
        self.assertEqual(first["refusal"], again["refusal"])
        self.assertEqual(case.status, "acknowledged")

    def test_a_step_of_a_transaction_that_began_later_refuses_nothing_that_says_no_time(self):
        case = self.desk.submit("community_environment.rubbish")
        self.suite.sql("UPDATE dispatch.case_state SET since_at = now() + interval '60 s' WHERE complaint_id = '%s'" % case.id)
        self.desk.do(case, "acknowledge")
        self.assertEqual(self.desk.refused(case, "start_investigation", done_at=stamp())["code"], "before_last_step")

    def test_what_another_instance_found_out_meanwhile_counts(self):
        """The other one holds the case, has classified it anew, and commits while we wait for it."""
        case = self.desk.submit("community_environment.rubbish")
        self.desk.do(case, "acknowledge")
        other = subprocess.Popen(
            ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", self.suite.uri, "-c",
             "BEGIN; UPDATE dispatch.case_state SET facts = facts WHERE complaint_id = '%s'; UPDATE dispatch.case_file SET "
             "complexity = 2 WHERE complaint_id = '%s'; SELECT pg_sleep(3); COMMIT" % (case.id, case.id)])
        self.addCleanup(other.wait)
        self.desk.until(lambda: self.suite.sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = "
                                               "current_database()") == "1")
        self.assertEqual(self.desk.refused(case, "complete", result="垃圾已清走")["code"], "not_simple")
        self.assertEqual(other.wait(), 0)

    def test_old_answers_are_forgotten_and_found_by_their_time(self):
        self.suite.sql("INSERT INTO dispatch.command SELECT 'old-' || i, 'desk', 'demo', '', '%s', 1, NULL, now() - interval "
                       "'100 days' FROM generate_series(1, 6000) i" % ("0" * 32))
        self.suite.stop("dispatch")
        self.suite.start("dispatch")
        self.desk.until(lambda: self.suite.sql("SELECT count(*) FROM dispatch.command WHERE command_id LIKE 'old-%'") == "0")
        self.desk.until(lambda: self.suite.sql("SELECT idx_scan > 0 FROM pg_stat_user_indexes WHERE schemaname = 'dispatch' AND "
                                               "indexrelname = 'command_age'") == "t")

    def test_a_case_that_goes_to_and_fro_is_awarded(self):
        case = self.desk.submit("community_environment.rubbish")
        self.desk.do(case, "refuse", proposedDepartment="security", why="属于护管部")
        self.assertEqual((case.status, case.field("department_code")), ("assigned", "security"))
        self.desk.do(case, "refuse", proposedDepartment="environment", why="属于环境部")
        self.assertEqual((case.status, case.field("department_code")), ("to_classify", "customer_service"))
        self.desk.do(case, "award", SERVICE_HEAD, departmentCode="environment", why="公共区域垃圾归环境部")
        self.assertEqual((case.status, case.field("department_code")), ("assigned", "environment"))
        self.assertEqual(self.desk.refused(case, "refuse", proposedDepartment="security", why="不是我们的")["code"], "awarded")

    def test_whoever_loses_his_training_or_leaves_loses_his_cases(self):
        """R12, when things change."""
        first, second = self.desk.submit("community_environment.rubbish"), self.desk.submit("property_service.security")
        self.desk.do(second, "acknowledge")
        untrained, gone = first.handler, second.handler
        self.addCleanup(self.suite.must, "tenant", "apply", str(ROOT / "deploy/demo.d/tenant"))
        self.suite.sql("UPDATE dispatch.staff SET trained = false WHERE staff_id = '%s'; DELETE FROM dispatch.staff WHERE staff_id = "
                       "'%s'; UPDATE dispatch.tenant_revision SET revision = revision + 1" % (untrained, gone))
        self.desk.until(lambda: first.handler != untrained and second.handler != gone)
        self.assertEqual((first.events()[-1], second.events()[-1]), ("reassigned", "reassigned"))
        self.assertEqual(self.desk.command(first, "acknowledge", untrained)["refusal"]["code"], "wrong_role")
        self.desk.do(first, "acknowledge")

    def test_the_same_trouble_in_the_same_home_is_told_as_a_recurrence(self):
        home = {"building": "5", "unit": "2601", "complainant": {"name": "章德顺", "phone": "13900006099"}}
        first = self.desk.submit("community_environment.rubbish", **home)
        self.desk.do(first, "complete", result="已清理")
        self.desk.do(first, "confirm", "complainant", way="CONFIRMATION_WAY_CODE")
        self.desk.do(first, "close", SERVICE)
        again = self.desk.submit("community_environment.rubbish", description="又没有清理，请再来", **home)
        self.assertEqual(again.events()[2:], ["recurred"])
        self.assertEqual(again.field("recurrence"), "t")
        shown = self.suite.must("complaint", "show", again.number, "--output", "json").json
        self.assertEqual([(r["number"], r["status"]) for r in shown["related"]], [(first.number, "closed")])

    def test_a_merged_case_ends_its_clocks_and_can_be_taken_out_again(self):
        main, other = self.desk.submit("community_environment.rubbish"), self.desk.submit("community_environment.rubbish")
        self.desk.do(other, "merge", SERVICE, into=main.number, why="同一件事")
        self.assertEqual((other.status, other.field("merged_into")), ("merged", main.id))
        self.desk.until(lambda: "running" not in other.clocks().values())
        self.assertIn("absorbed", main.events())
        self.assertEqual(self.desk.refused(main, "merge", SERVICE, into=other.number, why="x")["code"], "not_mergeable")
        self.desk.do(other, "split", SERVICE, why="不是同一件事")
        self.assertEqual(other.status, "reopened")
        self.journal_holds()

    def test_two_matters_of_one_complaint_go_their_own_ways(self):
        """R7: registered by intake with the first one's complainant and home; each has its own clocks and department."""
        first = self.desk.submit("community_environment.rubbish")
        part = self.desk.submit("property_service.security", splitFrom=first.number, description="门岗无人值守", complainant=None,
                                projectCode="", building="", unit="", receivedAt=None)
        self.assertEqual((first.field("department_code"), part.field("department_code")), ("environment", "security"))
        self.assertEqual(part.clocks()["first_response"], "running")
        shown = [self.suite.must("complaint", "show", case.number, "--output", "json").json for case in (first, part)]
        self.assertEqual((shown[0]["splitInto"], shown[1]["splitFrom"]), (part.number, first.number))
        self.assertEqual(shown[1]["phoneMasked"], shown[0]["phoneMasked"])
        self.assertEqual(shown[0]["receivedAt"], shown[1]["receivedAt"])
        self.journal_holds()

    def test_a_closed_case_is_opened_again_and_reaches_who_did_the_work(self):
        case = self.desk.submit("community_environment.rubbish")
        handler = case.handler
        self.desk.do(case, "complete", result="已清理")
        self.desk.do(case, "confirm", "complainant", way="CONFIRMATION_WAY_CODE")
        self.desk.do(case, "close", SERVICE)
        self.desk.do(case, "reopen", "complainant", why="又堆起来了")
        self.assertEqual((case.status, case.handler), ("reopened", handler))
        self.clocks_are(case, between_departments="running")
        self.desk.do(case, "acknowledge")
        self.assertEqual(self.desk.refused(case, "complete", result="已清理")["code"], "not_simple")


if __name__ == "__main__":
    unittest.main()
