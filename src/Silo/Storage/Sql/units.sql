-- What people say of units: row security and grants of the table that this migration made.

ALTER TABLE unit_availability ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_rows ON unit_availability TO fieldcrm_api USING (tenant_id = nullif(current_setting('app.tenant', true), '')::int);

GRANT SELECT ON unit_availability TO fieldcrm_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON unit_availability TO fieldcrm_silo;
