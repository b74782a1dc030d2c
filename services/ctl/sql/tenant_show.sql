-- One tenant, or all for ''. No phone numbers.
SELECT t.tenant_id, json_build_object(
    'tenant', t.tenant_id, 'name', t.name, 'timeZone', t.time_zone, 'numberFormat', t.number_format,
    'duplicateWindowDays', t.duplicate_window_days, 'duty', d.duty_staff_id, 'management', d.management,
    'handling', json_build_object(
        'bouncesMax', d.bounces_max, 'reminders', d.reminders, 'reopenDays', d.reopen_days,
        'recurrenceDays', d.recurrence_days, 'retainYears', d.retain_years, 'backdateHours', d.backdate_hours,
        'escalateAmountFen', d.escalate_amount_fen, 'paidCategories', d.paid_categories),
    'prices', (SELECT count(*) FROM dispatch.price AS p WHERE p.tenant_id = t.tenant_id),
    'projects', coalesce((SELECT json_agg(json_build_object('code', p.code, 'name', p.name, 'buildings',
            coalesce((SELECT json_agg(json_build_object('code', b.code, 'name', b.name, 'floors', b.floors,
                                                        'unitsPerFloor', b.units_per_floor)
                                      ORDER BY length(b.code), b.code)
                        FROM intake.building AS b
                       WHERE b.tenant_id = p.tenant_id AND b.project_code = p.code), '[]')) ORDER BY p.code)
        FROM intake.project AS p WHERE p.tenant_id = t.tenant_id), '[]'),
    'departments', coalesce((SELECT json_agg(json_build_object('code', e.code, 'name', e.name, 'head', e.head_staff_id,
                                                               'deputies', e.deputies)
                                             ORDER BY e.code)
        FROM dispatch.department AS e WHERE e.tenant_id = t.tenant_id), '[]'),
    'staff', coalesce((SELECT json_agg(json_build_object('id', s.staff_id, 'name', s.name,
                                           'department', s.department_code, 'projects', s.projects,
                                           'trained', s.trained, 'onDuty', s.on_duty,
                                           'absent', s.absent @> (now() AT TIME ZONE t.time_zone)::date)
                                       ORDER BY s.staff_id)
        FROM dispatch.staff AS s WHERE s.tenant_id = t.tenant_id), '[]'),
    'categories', coalesce((SELECT json_agg(json_build_object('code', c.code, 'parent', c.parent, 'name', c.name,
                                                'department', c.department_code, 'complex', c.complex)
                                            ORDER BY c.ordinal)
        FROM dispatch.category AS c WHERE c.tenant_id = t.tenant_id), '[]'))::text
  FROM intake.tenant AS t
  JOIN dispatch.tenant AS d USING (tenant_id)
 WHERE $1::text IN ('', t.tenant_id)
 ORDER BY t.tenant_id COLLATE "C"
