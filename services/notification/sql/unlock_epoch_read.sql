SELECT pg_advisory_unlock(hashtextextended('redress notification.epoch_read', 0))
