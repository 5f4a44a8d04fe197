-- A ledger as the first version of its tables wrote it: one radiograph, three slices, no answers.
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    study_id INTEGER NOT NULL REFERENCES studies (id),
    job_id INTEGER REFERENCES jobs (id),
    kind TEXT NOT NULL,
    detail TEXT NOT NULL DEFAULT ''
) STRICT;
INSERT INTO "events" VALUES(1,1795809106633,1,1,'received','');
INSERT INTO "events" VALUES(2,1795809106642,1,NULL,'closed','request');
INSERT INTO "events" VALUES(3,1795809106650,1,1,'postponed','classifier: UNAVAILABLE: nobody answers at 127.0.0.1:9');
INSERT INTO "events" VALUES(4,1795809106741,2,2,'received','');
INSERT INTO "events" VALUES(5,1795809106741,2,2,'received','');
INSERT INTO "events" VALUES(6,1795809106741,2,2,'received','');
CREATE TABLE instances (
    id INTEGER PRIMARY KEY,
    sop_uid TEXT NOT NULL UNIQUE,
    study_id INTEGER NOT NULL REFERENCES studies (id),
    job_id INTEGER NOT NULL REFERENCES jobs (id),
    series_uid TEXT NOT NULL,
    sop_class_uid TEXT NOT NULL,
    modality TEXT NOT NULL,
    body_part TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    byte_count INTEGER NOT NULL,
    received_at INTEGER NOT NULL
) STRICT;
INSERT INTO "instances" VALUES(1,'2.25.319516913272829140823726728510096541857',1,1,'2.25.118330289188737656562298775647697380821','1.2.840.10008.5.1.4.1.1.1.1','DX','CHEST','dd122601b330a8552671382be5b8814459d9cc178408d6954c3a82c1202b655f',541382,1795809106633);
INSERT INTO "instances" VALUES(2,'2.25.262992207915810333222480172025743146675',2,2,'2.25.193743856585190669561082191482855276835','1.2.840.10008.5.1.4.1.1.4','MR','HEART','76a258e9d1372458274d7941a0db68532bfbf43a7d51aad180677f829a1a4059',34182,1795809106741);
INSERT INTO "instances" VALUES(3,'2.25.77496062645135528774705134575398660537',2,2,'2.25.193743856585190669561082191482855276835','1.2.840.10008.5.1.4.1.1.4','MR','HEART','8286b77f2c56e0eb5c9da88152b54070b2825d66b4dcac6e4697f17324437574',34182,1795809106741);
INSERT INTO "instances" VALUES(4,'2.25.142460444167173069400693735222033176125',2,2,'2.25.193743856585190669561082191482855276835','1.2.840.10008.5.1.4.1.1.4','MR','HEART','837ab9a4d2d63ae76895bf707186d7a616852d96ae9540900fe6b07b6b605241',34182,1795809106741);
CREATE TABLE jobs (
    id INTEGER PRIMARY KEY,
    study_id INTEGER NOT NULL REFERENCES studies (id),
    route TEXT NOT NULL,
    series_uid TEXT NOT NULL,
    state INTEGER NOT NULL,
    reason TEXT NOT NULL DEFAULT '',
    instance_count INTEGER NOT NULL DEFAULT 0,
    revision INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0,
    waits_for_service INTEGER NOT NULL DEFAULT 0,
    next_attempt_at INTEGER,
    lease TEXT,
    lease_until INTEGER,
    answer BLOB
) STRICT;
INSERT INTO "jobs" VALUES(1,1,'classifier','2.25.118330289188737656562298775647697380821',1,'classifier: UNAVAILABLE: nobody answers at 127.0.0.1:9',1,0,2,0,1,1795809107964,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES(2,2,'planning','2.25.193743856585190669561082191482855276835',1,'',3,2,0,0,0,NULL,NULL,NULL,NULL);
CREATE TABLE studies (
    id INTEGER PRIMARY KEY,
    study_uid TEXT NOT NULL UNIQUE,
    state INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    flag TEXT NOT NULL,
    reason TEXT NOT NULL DEFAULT '',
    modality TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    closes_at INTEGER,
    completed_by TEXT,
    completed_at INTEGER,
    expected_count INTEGER NOT NULL DEFAULT 0,
    instance_count INTEGER NOT NULL DEFAULT 0,
    settled_count INTEGER NOT NULL DEFAULT 0,
    failed_count INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO "studies" VALUES(1,'2.25.202953986501953544783429160851323877233',1,1,'1 0 ','waiting: classifier: UNAVAILABLE: nobody answers at 127.0.0.1:9; complete by request','DX',1795809106633,NULL,'request',NULL,0,1,0,0);
INSERT INTO "studies" VALUES(2,'2.25.77421266160081092264670819517607623603',1,1,'1 0 ','waiting for further instances','MR',1795809106741,1795809111741,NULL,NULL,0,3,0,0);
CREATE INDEX studies_by_age ON studies (received_at, id);
CREATE INDEX studies_by_priority ON studies (priority, received_at, id);
CREATE INDEX studies_by_state_age ON studies (state, received_at, id);
CREATE INDEX studies_by_state_priority ON studies (state, priority, received_at, id);
CREATE INDEX studies_open ON studies (closes_at) WHERE closes_at IS NOT NULL;
CREATE INDEX jobs_of_study ON jobs (study_id, state);
CREATE UNIQUE INDEX jobs_of_series ON jobs (study_id, series_uid) WHERE route = 'planning';
CREATE INDEX jobs_due ON jobs (route, next_attempt_at, id) WHERE state = 1;
CREATE INDEX jobs_leased ON jobs (lease_until) WHERE state = 2;
CREATE INDEX instances_of_study ON instances (study_id);
CREATE INDEX instances_of_job ON instances (job_id);
CREATE INDEX events_of_study ON events (study_id);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('events',6);
COMMIT;
