extension Migration {
    /// Studies hold what the worklist shows, so that a page reads nothing else. Jobs are what is sent to a service:
    /// one radiograph or one MR series. `next_attempt_at` of a waiting job is NULL until its study is closed.
    static let initialTables = Migration(
        "001 initial tables",
        """
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
        CREATE INDEX studies_by_age ON studies (received_at, id);
        CREATE INDEX studies_by_priority ON studies (priority, received_at, id);
        CREATE INDEX studies_by_state_age ON studies (state, received_at, id);
        CREATE INDEX studies_by_state_priority ON studies (state, priority, received_at, id);
        CREATE INDEX studies_open ON studies (closes_at) WHERE closes_at IS NOT NULL;

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
        CREATE INDEX jobs_of_study ON jobs (study_id, state);
        CREATE UNIQUE INDEX jobs_of_series ON jobs (study_id, series_uid) WHERE route = 'planning';
        CREATE INDEX jobs_due ON jobs (route, next_attempt_at, id) WHERE state = 1;
        CREATE INDEX jobs_leased ON jobs (lease_until) WHERE state = 2;

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
        CREATE INDEX instances_of_study ON instances (study_id);
        CREATE INDEX instances_of_job ON instances (job_id);

        CREATE TABLE events (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            at INTEGER NOT NULL,
            study_id INTEGER NOT NULL REFERENCES studies (id),
            job_id INTEGER REFERENCES jobs (id),
            kind TEXT NOT NULL,
            detail TEXT NOT NULL DEFAULT ''
        ) STRICT;
        CREATE INDEX events_of_study ON events (study_id);
        """)
}
