-- Those whose case is there by now, in the order in which they came. What two instances take at once only one deletes.
WITH taken AS (
    DELETE FROM @schema@.early_point
     WHERE id = ANY (ARRAY(SELECT p.id
                             FROM @schema@.early_point AS p
                            WHERE EXISTS (SELECT FROM @schema@.case_state AS s WHERE s.complaint_id = p.complaint_id)
                            ORDER BY p.id
                            LIMIT $1::int8))
    RETURNING id, message
)
SELECT message FROM taken ORDER BY id
