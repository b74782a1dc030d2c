-- By which complaints of one person or home are found.
UPDATE @schema@.complaint SET complainant_key = '', home_key = '', matter = NULL WHERE id = ANY ($1::uuid[])
