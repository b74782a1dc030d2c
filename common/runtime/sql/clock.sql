-- The time that business decisions use.
SELECT now()
