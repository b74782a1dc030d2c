-- Does anybody have open cases who may not have them any more (R12): gone, or a handler who is not trained? Cheap: people,
-- not cases.
SELECT EXISTS (
       SELECT FROM @schema@.workload AS w
         LEFT JOIN @schema@.staff AS t ON t.tenant_id = w.tenant_id AND t.staff_id = w.staff_id
        WHERE w.open_cases > 0 AND (t.staff_id IS NULL OR NOT t.trained))
