-- How often a complaint was passed on, how long nobody had it, and whether that is so now.
SELECT bounces, between_us, between_since IS NOT NULL FROM watchdog.bounce_view WHERE complaint_id = $1::uuid
