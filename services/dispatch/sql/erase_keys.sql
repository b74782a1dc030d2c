-- Nobody's and no home's any more: a case that was erased takes part in no comparison.
UPDATE @schema@.case_file SET home_key = '', complainant_key = '' WHERE complaint_id = ANY ($1::uuid[])
