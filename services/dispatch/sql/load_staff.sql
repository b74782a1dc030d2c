-- Absences as pairs of day numbers since 1970, from (included) to (excluded).
SELECT s.tenant_id, s.staff_id, s.name, s.department_code, array_to_string(s.projects, chr(31)), s.trained, s.on_duty,
       s.phone_key,
       coalesce((SELECT string_agg((CASE WHEN isfinite(lower(r)) THEN lower(r) - date '1970-01-01' ELSE -1000000 END)
                                   || ' ' ||
                                   (CASE WHEN isfinite(upper(r)) THEN upper(r) - date '1970-01-01' ELSE 9000000 END),
                                   ' ')
                   FROM unnest(s.absent) AS r), '')
  FROM @schema@.staff s
 ORDER BY s.tenant_id COLLATE "C", s.staff_id COLLATE "C"
