namespace FieldCrm.Silo.Tests.RowSecurity;

/// <summary>One row of tenant 1 and one of tenant 2 in every table that has a tenant, with one leaf of <c>fix</c>.</summary>
internal static class TwoTenants
{
    public const string Leaf = "fix_20261120";

    public const string Seed = """
        INSERT INTO tenant (tenant_id, name, settings, created_at) SELECT t, 't' || t, '{}', now() FROM generate_series(1, 2) t;
        INSERT INTO device (device_id, tenant_id, unique_id, name, token_hash, bare_id, accepts_enrolment, created_at)
            SELECT t, t, 'd' || t, 'd', decode('0' || t, 'hex'), 'bare' || t, true, now() FROM generate_series(1, 2) t;
        INSERT INTO app_user (user_id, tenant_id, name, role, created_at)
            SELECT gen_random_uuid(), t, 'u' || t, 'admin', now() FROM generate_series(1, 2) t;
        INSERT INTO one_time_link (link_hash, tenant_id, user_id, expires_at)
            SELECT decode('0' || tenant_id, 'hex'), tenant_id, user_id, now() + interval '1 day' FROM app_user;
        INSERT INTO user_login (user_id, tenant_id, password_hash, tries) SELECT user_id, tenant_id, 'hash' || tenant_id, 0 FROM app_user;
        INSERT INTO user_passkey (credential_id, tenant_id, user_id, name, public_key, sign_count, transports, is_user_verified, is_backup_eligible, is_backed_up, created_at)
            SELECT decode('0' || tenant_id, 'hex'), tenant_id, user_id, 'key', '', 0, '', true, true, true, now() FROM app_user;
        INSERT INTO user_external (issuer, subject, tenant_id, user_id, has_lost_access, created_at)
            SELECT 'https://provider', 's' || tenant_id, tenant_id, user_id, false, now() FROM app_user;
        INSERT INTO api_token (token_id, tenant_id, token_hash, name, role, created_at, expires_at)
            SELECT gen_random_uuid(), t, decode('0' || t, 'hex'), 'token', 'admin', now(), now() + interval '1 day' FROM generate_series(1, 2) t;
        INSERT INTO person_consent (user_id, answered_at, tenant_id, is_given, purpose, channel, language, notice_version, retention_days, text_hash)
            SELECT user_id, '2026-11-20Z', tenant_id, true, 'positions', 'own-page', 'en', 1, 30, '' FROM app_user;
        INSERT INTO person_shift (user_id, started_at, tenant_id, consent_at) SELECT user_id, now(), tenant_id, '2026-11-20Z' FROM app_user;
        INSERT INTO person_look (tenant_id, user_id, device_id, looked_at, by_kind, what, reason)
            SELECT tenant_id, user_id, tenant_id, now(), 'operator', 'day', 'a reason' FROM app_user;
        INSERT INTO person_erasure (user_id, requested_at, tenant_id) SELECT user_id, now(), tenant_id FROM app_user;
        INSERT INTO unregistered (tenant_id, claimed_id, protocol, first_seen_at, last_seen_at, request_count)
            SELECT t, 'x', 'osmand', now(), now(), 1 FROM generate_series(1, 2) t;
        INSERT INTO quarantine (tenant_id, device_id, reason, protocol, received_at, raw, raw_hash)
            SELECT t, t, 'fix.future', 'osmand', now(), '', '' FROM generate_series(1, 2) t;
        INSERT INTO alarm (alarm_id, tenant_id, device_id, kind, started_at, payload, is_withdrawn, source_version)
            SELECT gen_random_uuid(), t, t, 1, now(), '{}', false, 1 FROM generate_series(1, 2) t;
        INSERT INTO unit_availability (device_id, tenant_id, version, status, previous_status, changed_at, changed_by_kind)
            SELECT t, t, 1, 2, 0, now(), 'user' FROM generate_series(1, 2) t;
        INSERT INTO device_event (device_id, event_id, tenant_id, kind, start_fixed_at, start_hash, emitted_fixed_at, emitted_hash, payload)
            SELECT t, gen_random_uuid(), t, 1, now(), 1, now(), 1, '{}' FROM generate_series(1, 2) t;
        SELECT ensure_day('2026-11-20');
        INSERT INTO fix (device_id, tenant_id, fixed_at, content_hash, received_at, position, seq)
            SELECT t, t, '2026-11-20 12:00Z', 1, now(), ST_SetSRID(ST_MakePoint(16, 48), 4326), t FROM generate_series(1, 2) t;
        INSERT INTO fix_mark SELECT device_id, fixed_at, content_hash, tenant_id, 1 FROM fix;
        INSERT INTO device_snapshot (device_id, tenant_id, version, fold_version, last_fixed_at, last_content_hash, state, last_received_at)
            SELECT t, t, 1, 1, now(), 1, '', now() FROM generate_series(1, 2) t;
        INSERT INTO device_checkpoint SELECT t, now(), 1, t, 1, '' FROM generate_series(1, 2) t;
        INSERT INTO refold_mark (device_id, tenant_id, from_fixed_at, from_hash, first_marked_at, newest_marked_at)
            SELECT t, t, now(), 1, now(), now() FROM generate_series(1, 2) t;
        INSERT INTO event (stream, version, tenant_id, type, recorded_at, commitment, prev_hash, hash, seq)
            SELECT 'device/' || t, 1, t, 'TripStarted', now(), '', '', '', t FROM generate_series(1, 2) t;
        INSERT INTO event_payload SELECT stream, 1, tenant_id, '', '{}' FROM event;
        INSERT INTO seal (tenant_id, seal_no, sealed_at, feed_epoch, through_tx, leaf_count, root, prev_hash, hash)
            SELECT t, 1, now(), gen_random_uuid(), 1, 1, '', '', '' FROM generate_series(1, 2) t;
        INSERT INTO seal_leaf SELECT tenant_id, 1, 'device/' || tenant_id, 1, '' FROM seal;
        INSERT INTO outbox (message_id, tenant_id, kind, target, payload, created_at, next_attempt_at)
            SELECT gen_random_uuid(), t, 'k', 'x', '{}', now(), now() FROM generate_series(1, 2) t;
        INSERT INTO due SELECT 'k', t, t, now() FROM generate_series(1, 2) t;
        """;
}
