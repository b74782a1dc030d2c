-- Which positions there are: after a restore, Kafka holds records of the same system that this journal knows nothing of.
CREATE VIEW @schema@.position_view AS SELECT batch, ord FROM @schema@.entry;

GRANT SELECT ON @schema@.position_view TO redress_intake, redress_dispatch, redress_watchdog, redress_notification,
                                          redress_analytics;
