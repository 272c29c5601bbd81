-- Every table that is not a read model of FieldCrmContext, then row security and grants for all of them.
-- docs/STORE.md is the directory listing; the reasons are in docs/adr/.

-- One row: which life of this database a feed token belongs to. `restore` makes a new epoch.
CREATE TABLE instance (
    only_row   boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    feed_epoch uuid NOT NULL DEFAULT gen_random_uuid(),
    created_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO instance DEFAULT VALUES;

-- One row a start of a silo. Every commit holds its own row FOR SHARE; a fenced silo commits nothing more.
CREATE TABLE silo (
    incarnation bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    started_at  timestamptz NOT NULL DEFAULT now(),
    fenced      boolean NOT NULL DEFAULT false
);

-- One row a lane of a silo: the newest batch that it committed. A COMMIT that was never answered is looked up here,
-- under the row's lock; pg_xact_status will not do, as a transaction number comes round again after a crash.
CREATE TABLE silo_lane (
    incarnation bigint NOT NULL REFERENCES silo,
    lane        smallint NOT NULL,
    batch       bigint NOT NULL,
    PRIMARY KEY (incarnation, lane)
) WITH (fillfactor = 20);

-- Positions. One partition a UTC day of fixed_at, made by ensure_day; no DEFAULT partition.
CREATE TABLE fix (
    device_id        int NOT NULL,
    tenant_id        int NOT NULL,
    fixed_at         timestamptz NOT NULL,
    content_hash     bigint NOT NULL,
    received_at      timestamptz NOT NULL,
    position         geometry(Point, 4326) NOT NULL,
    altitude_mm      int,
    speed_mmps       int,
    heading_cdeg     int,
    accuracy_mm      int,
    battery_permille smallint,
    alarm            smallint NOT NULL DEFAULT 0,
    declared_invalid boolean NOT NULL DEFAULT false,
    attributes       json,
    tx               bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    seq              int NOT NULL
) PARTITION BY RANGE (fixed_at);
CREATE UNIQUE INDEX fix_identity ON fix (device_id, fixed_at, content_hash);
CREATE INDEX fix_fixed_at_brin ON fix USING brin (fixed_at);
CREATE INDEX fix_tx_brin ON fix USING brin (tx);

-- What the fold thinks of single fixes; no row: nothing remarkable.
CREATE TABLE fix_mark (
    device_id    int NOT NULL,
    fixed_at     timestamptz NOT NULL,
    content_hash bigint NOT NULL,
    tenant_id    int NOT NULL,
    mark         smallint NOT NULL,
    PRIMARY KEY (device_id, fixed_at, content_hash)
);

-- Where a device's fold stood; recovery folds what is stored after last_*.
CREATE TABLE device_snapshot (
    device_id         int PRIMARY KEY,
    tenant_id         int NOT NULL,
    version           bigint NOT NULL,
    fold_version      smallint NOT NULL,
    last_fixed_at     timestamptz NOT NULL,
    last_content_hash bigint NOT NULL,
    state             bytea NOT NULL,
    last_received_at  timestamptz NOT NULL,
    signal_lost       boolean NOT NULL DEFAULT false,
    clock_skew_ms     bigint NOT NULL DEFAULT 0,
    live_fixed_at     timestamptz,
    live_latitude_e7  int,
    live_longitude_e7 int,
    live_speed_mmps   int,
    live_heading_cdeg int,
    live_accuracy_mm  int,
    live_battery_permille smallint,
    motion            smallint NOT NULL DEFAULT 0,
    tx                bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint
) WITH (fillfactor = 60);

-- Older states of the same fold, where a refold may begin.
CREATE TABLE device_checkpoint (
    device_id       int NOT NULL,
    through_fixed_at timestamptz NOT NULL,
    through_hash    bigint NOT NULL,
    tenant_id       int NOT NULL,
    fold_version    smallint NOT NULL,
    state           bytea NOT NULL,
    PRIMARY KEY (device_id, through_fixed_at, through_hash)
);

-- Late fixes are stored at once; this says from where the device must be folded again. A generation is never used
-- twice: an adoption that comes late must not take away a newer mark.
CREATE SEQUENCE refold_generation;
CREATE TABLE refold_mark (
    device_id        int PRIMARY KEY,
    tenant_id        int NOT NULL,
    from_fixed_at    timestamptz NOT NULL,
    from_hash        bigint NOT NULL,
    generation       bigint NOT NULL DEFAULT nextval('refold_generation'),
    first_marked_at  timestamptz NOT NULL,
    newest_marked_at timestamptz NOT NULL
);

-- The ledger: append-only, one hash chain a stream. Payload and salt live apart so that they can be erased.
CREATE TABLE event (
    stream      text COLLATE "C" NOT NULL,
    version     bigint NOT NULL,
    tenant_id   int NOT NULL,
    type        text NOT NULL,
    recorded_at timestamptz NOT NULL,
    commitment  bytea NOT NULL,
    prev_hash   bytea NOT NULL,
    hash        bytea NOT NULL,
    tx          bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    seq         int NOT NULL,
    PRIMARY KEY (stream, version)
);
CREATE INDEX event_feed ON event (tx, seq);
CREATE INDEX event_tenant_feed ON event (tenant_id, tx, seq);
CREATE TABLE event_payload (
    stream    text COLLATE "C" NOT NULL,
    version   bigint NOT NULL,
    tenant_id int NOT NULL,
    salt      bytea NOT NULL,
    payload   json NOT NULL,
    PRIMARY KEY (stream, version),
    FOREIGN KEY (stream, version) REFERENCES event (stream, version)
);

-- Seals: a Merkle root over the new stream heads of a tenant, chained.
CREATE TABLE seal (
    tenant_id  int NOT NULL,
    seal_no    bigint NOT NULL,
    sealed_at  timestamptz NOT NULL,
    feed_epoch uuid NOT NULL, -- in which through_tx counts; after a restore it starts again
    through_tx bigint NOT NULL,
    leaf_count int NOT NULL,
    root       bytea NOT NULL,
    prev_hash  bytea NOT NULL,
    hash       bytea NOT NULL,
    PRIMARY KEY (tenant_id, seal_no)
);
CREATE TABLE seal_leaf (
    tenant_id int NOT NULL,
    seal_no   bigint NOT NULL,
    stream    text COLLATE "C" NOT NULL,
    version   bigint NOT NULL,
    head_hash bytea NOT NULL,
    PRIMARY KEY (tenant_id, seal_no, stream),
    FOREIGN KEY (tenant_id, seal_no) REFERENCES seal (tenant_id, seal_no)
);

-- What must leave a grain: claimed by state, delivered at least once.
CREATE TABLE outbox (
    message_id      uuid PRIMARY KEY,
    tenant_id       int NOT NULL,
    kind            text NOT NULL,
    target          text NOT NULL,
    payload         json NOT NULL,
    created_at      timestamptz NOT NULL,
    state           smallint NOT NULL DEFAULT 0 CHECK (state BETWEEN 0 AND 2), -- 0 waiting, 1 delivered, 2 given up
    attempts        int NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL,
    finished_at     timestamptz, -- when it left state 0; retention counts from here
    last_error      text
);
CREATE INDEX outbox_waiting ON outbox (next_attempt_at) WHERE state = 0;
CREATE INDEX outbox_finished ON outbox (finished_at) WHERE state <> 0;

-- Lower bounds of when a grain wants to be asked again.
CREATE TABLE due (
    kind          text NOT NULL,
    subject       bigint NOT NULL,
    tenant_id     int NOT NULL,
    due_at        timestamptz NOT NULL,
    PRIMARY KEY (kind, subject)
);
CREATE INDEX due_at ON due (due_at);

-- A day's leaf: made stand-alone, then attached, so that writers of other days never wait.
CREATE FUNCTION ensure_day(day date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = fieldcrm, public, pg_temp AS $$
DECLARE
    leaf text := 'fix_' || to_char(day, 'YYYYMMDD');
BEGIN
    IF day < current_date - 3700 OR day > current_date + 2 THEN
        RAISE EXCEPTION 'day % is outside what fixes may have', day USING ERRCODE = '22008';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('fieldcrm.ensure_day'), extract(julian FROM day)::int);
    IF to_regclass('fieldcrm.' || leaf) IS NOT NULL THEN
        -- There, and a partition: done. There and detached (retention died before its DROP): it is retention's to finish.
        IF NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = to_regclass('fieldcrm.' || leaf)) THEN
            RAISE EXCEPTION 'day % is being dropped', day USING ERRCODE = '55006';
        END IF;
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE fix INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', leaf);
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', leaf);
    EXECUTE format('CREATE POLICY tenant_rows ON %I TO fieldcrm_api USING (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::int)', leaf);
    EXECUTE format('ALTER TABLE fix ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', leaf,
        day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC');
END $$;

-- Raises when this silo was fenced: the last statement before COMMIT, in the same round trip.
CREATE FUNCTION assert_not_fenced(expected bigint) RETURNS void
LANGUAGE plpgsql SET search_path = fieldcrm, pg_temp AS $$
BEGIN
    PERFORM 1 FROM silo WHERE incarnation = expected AND NOT fenced FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'silo incarnation % is fenced', expected USING ERRCODE = 'FC001';
    END IF;
END $$;

-- Who holds the feed back: the oldest transaction of the whole cluster that has written. Only its owner, not silo,
-- may see other roles' sessions (pg_read_all_stats), and this tells no more of them than the alarm needs.
CREATE FUNCTION oldest_writer() RETURNS TABLE (pid int, application text, age_ms bigint)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT w.pid, w.application, (extract(epoch FROM clock_timestamp() - w.since) * 1000)::bigint
    FROM (
        SELECT a.pid, a.application_name AS application, a.xact_start AS since, age(a.backend_xid) AS behind
        FROM pg_stat_activity a WHERE a.backend_xid IS NOT NULL AND a.pid <> pg_backend_pid()
        UNION ALL
        SELECT 0, 'prepared transaction', p.prepared, age(p.transaction) FROM pg_prepared_xacts p
    ) w
    ORDER BY w.behind DESC LIMIT 1
$$;

-- Look-ups that come before the tenant is known: by hash or name, ids only.
CREATE FUNCTION device_by_token(token_hash bytea)
RETURNS TABLE (device_id int, tenant_id int, is_disabled boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = fieldcrm, pg_temp AS $$
    SELECT d.device_id, d.tenant_id, d.disabled_at IS NOT NULL FROM device d WHERE d.token_hash = $1
$$;
CREATE FUNCTION device_by_bare_id(bare_id text)
RETURNS TABLE (device_id int, tenant_id int, is_disabled boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = fieldcrm, pg_temp AS $$
    SELECT d.device_id, d.tenant_id, d.disabled_at IS NOT NULL FROM device d WHERE d.bare_id = $1
$$;
CREATE FUNCTION tenant_by_enrolment(token_hash bytea) RETURNS TABLE (tenant_id int)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = fieldcrm, pg_temp AS $$
    SELECT t.tenant_id FROM tenant t WHERE t.enrolment_token_hash = $1
$$;
CREATE FUNCTION device_by_enrolment(enrolling_tenant int, unique_id text)
RETURNS TABLE (device_id int, tenant_id int, is_disabled boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = fieldcrm, pg_temp AS $$
    SELECT d.device_id, d.tenant_id, d.disabled_at IS NOT NULL FROM device d
    WHERE d.tenant_id = $1 AND d.unique_id = $2 AND d.accepts_enrolment
$$;
CREATE FUNCTION user_by_name(name text)
RETURNS TABLE (user_id uuid, tenant_id int, is_disabled boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = fieldcrm, pg_temp AS $$
    SELECT u.user_id, u.tenant_id, u.disabled_at IS NOT NULL FROM app_user u WHERE u.name = $1
$$;
CREATE FUNCTION user_by_link(link_hash bytea)
RETURNS TABLE (user_id uuid, tenant_id int)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = fieldcrm, pg_temp AS $$
    SELECT l.user_id, l.tenant_id FROM one_time_link l WHERE l.link_hash = $1
$$;
CREATE FUNCTION tenant_by_name(name text) RETURNS TABLE (tenant_id int)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = fieldcrm, pg_temp AS $$
    SELECT t.tenant_id FROM tenant t WHERE t.name = $1
$$;
-- The operator's list of tenants, a page at a time; nobody else gets a row.
CREATE FUNCTION tenant_directory(after_id int, page_size int)
RETURNS TABLE (tenant_id int, name text, created_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = fieldcrm, pg_temp AS $$
    SELECT t.tenant_id, t.name, t.created_at FROM tenant t
    WHERE current_setting('app.tenant', true) = '0' AND t.tenant_id > $1 ORDER BY t.tenant_id LIMIT least($2, 1000)
$$;

-- Row security: forced on every table with a tenant; the setting keeps '' on a pooled session, which is no tenant.
DO $$
DECLARE
    name text;
BEGIN
    FOR name IN
        SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
        WHERE c.relnamespace = 'fieldcrm'::regnamespace AND c.relkind IN ('r', 'p')
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY tenant_rows ON %I TO fieldcrm_api USING (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::int)', name);
    END LOOP;
END $$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA fieldcrm FROM PUBLIC;
GRANT USAGE ON SCHEMA fieldcrm TO fieldcrm_api, fieldcrm_silo, fieldcrm_lookup;

-- lookup: the columns its functions compare and return, nothing else.
GRANT SELECT (device_id, tenant_id, unique_id, token_hash, bare_id, accepts_enrolment, disabled_at) ON device TO fieldcrm_lookup;
GRANT SELECT (tenant_id, name, created_at, enrolment_token_hash) ON tenant TO fieldcrm_lookup;
GRANT SELECT (user_id, tenant_id, name, disabled_at) ON app_user TO fieldcrm_lookup;
GRANT SELECT (link_hash, user_id, tenant_id) ON one_time_link TO fieldcrm_lookup;
GRANT CREATE ON SCHEMA fieldcrm TO fieldcrm_lookup;
ALTER FUNCTION device_by_token(bytea) OWNER TO fieldcrm_lookup;
ALTER FUNCTION device_by_bare_id(text) OWNER TO fieldcrm_lookup;
ALTER FUNCTION tenant_by_enrolment(bytea) OWNER TO fieldcrm_lookup;
ALTER FUNCTION device_by_enrolment(int, text) OWNER TO fieldcrm_lookup;
ALTER FUNCTION user_by_name(text) OWNER TO fieldcrm_lookup;
ALTER FUNCTION user_by_link(bytea) OWNER TO fieldcrm_lookup;
ALTER FUNCTION tenant_by_name(text) OWNER TO fieldcrm_lookup;
ALTER FUNCTION tenant_directory(int, int) OWNER TO fieldcrm_lookup;
REVOKE CREATE ON SCHEMA fieldcrm FROM fieldcrm_lookup;
GRANT EXECUTE ON FUNCTION device_by_token(bytea), device_by_bare_id(text), tenant_by_enrolment(bytea),
    device_by_enrolment(int, text), user_by_name(text), user_by_link(bytea), tenant_by_name(text),
    tenant_directory(int, int) TO fieldcrm_api;

-- api: reads within its tenant. What it changes goes through grains, which commit as silo.
GRANT SELECT ON tenant, device, app_user, unregistered, quarantine, alarm, device_event, fix, fix_mark,
    device_snapshot, event, event_payload, seal, seal_leaf TO fieldcrm_api;
GRANT SELECT ON instance TO fieldcrm_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON data_protection_key TO fieldcrm_api;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA fieldcrm TO fieldcrm_api;

-- silo: what commit, recovery, refold, outbox, due times and sealing need.
GRANT SELECT, INSERT ON fix, event, event_payload, seal, seal_leaf TO fieldcrm_silo;
GRANT DELETE ON event_payload TO fieldcrm_silo;
GRANT SELECT, INSERT, UPDATE, DELETE ON fix_mark, device_snapshot, device_checkpoint, refold_mark, device_event,
    outbox, due, quarantine, unregistered, alarm, one_time_link TO fieldcrm_silo;
GRANT SELECT, INSERT, UPDATE ON tenant, device, app_user, silo, silo_lane TO fieldcrm_silo;
GRANT SELECT ON instance TO fieldcrm_silo;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA fieldcrm TO fieldcrm_silo;
DO $$ BEGIN EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO fieldcrm_silo', current_database()); END $$;
GRANT EXECUTE ON FUNCTION ensure_day(date), assert_not_fenced(bigint), oldest_writer() TO fieldcrm_silo;

INSERT INTO tenant (tenant_id, name, settings, created_at) VALUES (0, 'operator', '{}', now());
