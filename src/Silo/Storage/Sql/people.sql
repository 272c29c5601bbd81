-- People's own positions: row security, look-ups and grants of what this migration made.

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['person_consent', 'person_shift', 'person_look', 'person_erasure']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY tenant_rows ON %I TO fieldcrm_api USING (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::int)', name);
    END LOOP;
END $$;

-- Whose position a device reports must be known before anything of it is kept, so the look-ups of who reports say it.
DROP FUNCTION device_by_token(bytea);
DROP FUNCTION device_by_bare_id(text);
DROP FUNCTION device_by_enrolment(int, text);
CREATE FUNCTION device_by_token(token_hash bytea)
RETURNS TABLE (device_id int, tenant_id int, is_disabled boolean, is_person boolean, holder_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = fieldcrm, pg_temp AS $$
    SELECT d.device_id, d.tenant_id, d.disabled_at IS NOT NULL, d.kind = 1, d.holder_id FROM device d WHERE d.token_hash = $1
$$;
CREATE FUNCTION device_by_bare_id(bare_id text)
RETURNS TABLE (device_id int, tenant_id int, is_disabled boolean, is_person boolean, holder_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = fieldcrm, pg_temp AS $$
    SELECT d.device_id, d.tenant_id, d.disabled_at IS NOT NULL, d.kind = 1, d.holder_id FROM device d WHERE d.bare_id = $1
$$;
CREATE FUNCTION device_by_enrolment(enrolling_tenant int, unique_id text)
RETURNS TABLE (device_id int, tenant_id int, is_disabled boolean, is_person boolean, holder_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = fieldcrm, pg_temp AS $$
    SELECT d.device_id, d.tenant_id, d.disabled_at IS NOT NULL, d.kind = 1, d.holder_id FROM device d
    WHERE d.tenant_id = $1 AND d.unique_id = $2 AND d.accepts_enrolment
$$;
REVOKE ALL ON FUNCTION device_by_token(bytea), device_by_bare_id(text), device_by_enrolment(int, text) FROM PUBLIC;

-- A chunk of a person's positions, deleted as he asked: positions of nobody else, and none without his word.
CREATE FUNCTION erase_positions(erased_device int, chunk int) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = fieldcrm, public, pg_temp AS $$
DECLARE
    deleted bigint;
BEGIN
    IF NOT EXISTS (
        SELECT FROM device d JOIN person_erasure e ON e.user_id = d.holder_id AND e.done_at IS NULL WHERE d.device_id = erased_device)
    THEN
        RAISE EXCEPTION 'nobody asked for the positions of device % to be deleted', erased_device USING ERRCODE = '42501';
    END IF;
    DELETE FROM fix f USING (SELECT x.fixed_at, x.content_hash FROM fix x WHERE x.device_id = erased_device LIMIT least(chunk, 50000)) d
        WHERE f.device_id = erased_device AND f.fixed_at = d.fixed_at AND f.content_hash = d.content_hash;
    GET DIAGNOSTICS deleted = ROW_COUNT;
    UPDATE person_erasure e SET positions = coalesce(e.positions, 0) + deleted
        FROM device d WHERE d.device_id = erased_device AND e.user_id = d.holder_id AND e.done_at IS NULL;
    RETURN deleted;
END $$;
REVOKE ALL ON FUNCTION erase_positions(int, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION erase_positions(int, int) TO fieldcrm_silo;

GRANT SELECT (kind, holder_id) ON device TO fieldcrm_lookup;
GRANT CREATE ON SCHEMA fieldcrm TO fieldcrm_lookup;
ALTER FUNCTION device_by_token(bytea) OWNER TO fieldcrm_lookup;
ALTER FUNCTION device_by_bare_id(text) OWNER TO fieldcrm_lookup;
ALTER FUNCTION device_by_enrolment(int, text) OWNER TO fieldcrm_lookup;
REVOKE CREATE ON SCHEMA fieldcrm FROM fieldcrm_lookup;
GRANT EXECUTE ON FUNCTION device_by_token(bytea), device_by_bare_id(text), device_by_enrolment(int, text) TO fieldcrm_api;

GRANT SELECT ON person_consent, person_shift, person_look, person_erasure TO fieldcrm_api;
-- What was said and who looked is not rewritten: an update but for the two columns that end something is nobody's.
GRANT SELECT, INSERT ON person_consent, person_shift, person_look, person_erasure TO fieldcrm_silo;
GRANT UPDATE (withdrawn_at) ON person_consent TO fieldcrm_silo;
GRANT UPDATE (ended_at, ended_why) ON person_shift TO fieldcrm_silo;
GRANT UPDATE (done_at) ON person_erasure TO fieldcrm_silo;
GRANT DELETE ON person_shift, person_look TO fieldcrm_silo;

-- The UTC day before which nothing of the tenant's people's positions is left, where these are kept for a shorter time.
ALTER TABLE tenant ADD COLUMN people_before date;
