-- Whose database this is, how far a changed fold has been folded again, and that a lane does not wait for a day's lock.

-- The data folder ("id" of DIR/instance.json) that works on this database: a second one would fence the first for ever.
-- Null until the first start.
ALTER TABLE instance ADD COLUMN IF NOT EXISTS data_folder uuid;

-- After a change of the fold: from this fix on, the grain's own record is of a fold that began with it, and one adoption
-- must restate all of that. Null: the grain's fold began with the first fix.
ALTER TABLE refold_mark
    ADD COLUMN IF NOT EXISTS open_fixed_at timestamptz,
    ADD COLUMN IF NOT EXISTS open_hash bigint;

-- Called by lanes, which must not wait behind a DETACH or a LOCK: 55P03, and whoever needs the day asks again.
ALTER FUNCTION ensure_day(date) SET lock_timeout = '500ms';
