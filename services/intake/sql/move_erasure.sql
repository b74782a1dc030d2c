-- Everything erased up to now is gone here, too. Once an hour: it only bounds what is looked at.
UPDATE @schema@.erasure SET erased_to = now() WHERE erased_to < now() - interval '1 hour'
