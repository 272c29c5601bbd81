-- What forgetting people searches by; without these it reads tables of everybody's from end to end.

-- Erasing a device's: both are asked within a lane, whose statements have 5 s.
CREATE INDEX alarm_of_device ON alarm (device_id);
CREATE INDEX outbox_of_device ON outbox (tenant_id, (payload ->> 'deviceId')) WHERE kind = 'alarm';

-- Looks beyond their number at devices that nobody was named for; those at people have theirs by user.
CREATE INDEX person_look_of_nobody ON person_look (device_id, look_id DESC) WHERE user_id IS NULL;
