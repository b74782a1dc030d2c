-- Their complaint never became a case: its registration was set aside, and whoever sees to that sees the clocks too.
DELETE FROM @schema@.early_point WHERE came_at < now() - interval '30 days'
