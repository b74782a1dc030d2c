-- Texts, the sealed contact and the masked phone.
DELETE FROM @schema@.complaint_detail WHERE complaint_id = ANY ($1::uuid[])
