-- People's and programs' ways in: row security, look-ups and grants for the tables that this migration made.

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['user_login', 'user_passkey', 'user_external', 'api_token']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY tenant_rows ON %I TO fieldcrm_api USING (tenant_id = nullif(current_setting(''app.tenant'', true), '''')::int)', name);
    END LOOP;
END $$;

-- Look-ups that come before the tenant is known: ids only.
CREATE FUNCTION user_by_passkey(credential_id bytea) RETURNS TABLE (user_id uuid, tenant_id int)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = fieldcrm, pg_temp AS $$
    SELECT p.user_id, p.tenant_id FROM user_passkey p WHERE p.credential_id = $1
$$;
CREATE FUNCTION token_by_hash(token_hash bytea) RETURNS TABLE (token_id uuid, tenant_id int)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = fieldcrm, pg_temp AS $$
    SELECT t.token_id, t.tenant_id FROM api_token t WHERE t.token_hash = $1
$$;
-- The one way for a request to a password's hash: one user's, in his own tenant.
CREATE FUNCTION login_of(wanted uuid) RETURNS TABLE (password_hash text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = fieldcrm, pg_temp AS $$
    SELECT l.password_hash FROM user_login l
    WHERE l.user_id = $1 AND l.tenant_id = nullif(current_setting('app.tenant', true), '')::int
$$;
REVOKE ALL ON FUNCTION user_by_passkey(bytea), token_by_hash(bytea), login_of(uuid) FROM PUBLIC;

GRANT SELECT (credential_id, user_id, tenant_id) ON user_passkey TO fieldcrm_lookup;
GRANT SELECT (token_hash, token_id, tenant_id) ON api_token TO fieldcrm_lookup;
GRANT SELECT (user_id, tenant_id, password_hash) ON user_login TO fieldcrm_lookup;
GRANT CREATE ON SCHEMA fieldcrm TO fieldcrm_lookup;
ALTER FUNCTION user_by_passkey(bytea) OWNER TO fieldcrm_lookup;
ALTER FUNCTION token_by_hash(bytea) OWNER TO fieldcrm_lookup;
ALTER FUNCTION login_of(uuid) OWNER TO fieldcrm_lookup;
REVOKE CREATE ON SCHEMA fieldcrm FROM fieldcrm_lookup;
GRANT EXECUTE ON FUNCTION user_by_passkey(bytea), token_by_hash(bytea), login_of(uuid) TO fieldcrm_api;

GRANT SELECT ON user_passkey, user_external, api_token TO fieldcrm_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON user_login, user_passkey, user_external, api_token TO fieldcrm_silo;
