-- What was found out anew: a classification by hand, an amount of a plan.
UPDATE @schema@.case_file AS f
   SET category_code = n.category_code,
       category_source = CASE WHEN n.by_hand THEN 3 ELSE f.category_source END,        -- redress.v1.CategorySource
       category_confidence = CASE WHEN n.by_hand THEN 100 ELSE f.category_confidence END,
       severity = n.severity, complexity = n.complexity, amount_fen = nullif(n.amount_fen, 0)
  FROM unnest($1::uuid[], $2::text[], $3::bool[], $4::int4[], $5::int4[], $6::int8[])
    AS n (complaint_id, category_code, by_hand, severity, complexity, amount_fen)
 WHERE f.complaint_id = n.complaint_id
