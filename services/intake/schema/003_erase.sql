-- What is personal of a complaint goes when dispatch has erased its case (R47).

-- How far the erased cases have been followed. A day is looked back over each time: a transaction that is older than
-- what was seen may become visible later, but none stays open that long.
CREATE TABLE @schema@.erasure (
    one       boolean     PRIMARY KEY DEFAULT true CHECK (one),
    erased_to timestamptz NOT NULL DEFAULT '-infinity'
);
INSERT INTO @schema@.erasure DEFAULT VALUES;

GRANT SELECT, UPDATE ON @schema@.erasure TO redress_intake;
GRANT DELETE ON @schema@.submission_key TO redress_intake;
GRANT UPDATE (complainant_key, home_key, matter) ON @schema@.complaint TO redress_intake;
GRANT SELECT (complaint_id), DELETE ON @schema@.complaint_detail, @schema@.evidence TO redress_intake;
