DELETE FROM @schema@.recompute WHERE id = $1::int8
