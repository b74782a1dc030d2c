UPDATE @schema@.recompute SET done_until = $2::uuid WHERE id = $1::int8
