-- For whoever must know what a fail-over or a restore has taken back: when the last entry was written before each epoch.
CREATE VIEW @schema@.epoch_view AS
SELECT e.epoch, e.first_batch,
       (SELECT n.recorded_at FROM @schema@.entry AS n WHERE n.batch < e.first_batch ORDER BY n.batch DESC, n.ord DESC LIMIT 1)
           AS before_at
  FROM @schema@.epoch AS e;

GRANT SELECT ON @schema@.epoch_view TO redress_notification;
