-- One writer of promises at a time; the daemons read the revision to see that there is something new.
SELECT revision FROM watchdog.revision FOR UPDATE
