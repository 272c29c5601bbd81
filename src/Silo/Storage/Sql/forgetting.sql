-- What retention forgets besides the positions themselves: payloads and messages that tell of them.

-- When the position that it tells of was fixed, the first one of several; null: it tells of none.
ALTER TABLE event_payload ADD COLUMN position_at timestamptz;
ALTER TABLE outbox ADD COLUMN position_at timestamptz;

UPDATE event_payload p SET position_at = timestamptz 'epoch' + (p.payload ->> 'startMicros')::bigint * interval '1 microsecond'
FROM event e
WHERE e.stream = p.stream AND e.version = p.version AND p.stream LIKE 'device/%'
    AND e.type IN ('TripStarted', 'TripEnded', 'Idled', 'Stopped', 'AlarmRaised');
UPDATE event_payload p SET position_at = timestamptz 'epoch' + (p.payload -> 'report' ->> 'startedAt')::bigint * interval '1 microsecond'
FROM event e
WHERE e.stream = p.stream AND e.version = p.version AND p.stream LIKE 'tenant/%'
    AND e.type IN ('AlarmRaised', 'AlarmCorrected', 'AlarmWithdrawn');
UPDATE outbox SET position_at = timestamptz 'epoch' + (payload ->> 'startedMicros')::bigint * interval '1 microsecond'
WHERE kind = 'alarm';

CREATE INDEX event_payload_position ON event_payload (tenant_id, position_at) WHERE position_at IS NOT NULL;
CREATE INDEX outbox_position ON outbox (tenant_id, position_at) WHERE position_at IS NOT NULL;

-- The UTC day before which nothing of the tenant's positions is left: retention is done with it.
ALTER TABLE tenant ADD COLUMN positions_before date;
