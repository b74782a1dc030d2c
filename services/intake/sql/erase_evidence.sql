-- Where its evidence lies; whoever stores it is told by the event.
DELETE FROM @schema@.evidence WHERE complaint_id = ANY ($1::uuid[])
