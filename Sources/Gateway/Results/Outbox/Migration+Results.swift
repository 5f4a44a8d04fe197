extension Migration {
    /// `reports`: each study that has or had to be reported; state 0 waits for the study to become complete again, 1 is
    /// due, 2 is made. `results`: the objects made. `deliveries`: state 1 waits, 2 sent, 3 given up, 4 superseded.
    static let results = Migration(
        "007 results",
        """
        CREATE TABLE reports (
            id INTEGER PRIMARY KEY,
            study_id INTEGER NOT NULL UNIQUE REFERENCES studies (id),
            version INTEGER NOT NULL,
            state INTEGER NOT NULL,
            completed_at INTEGER NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0,
            next_attempt_at INTEGER,
            reason TEXT NOT NULL DEFAULT '',
            lease TEXT
        ) STRICT;
        CREATE INDEX reports_due ON reports (next_attempt_at, id) WHERE state = 1;

        CREATE TABLE results (
            id INTEGER PRIMARY KEY,
            study_id INTEGER NOT NULL REFERENCES studies (id),
            version INTEGER NOT NULL,
            kind TEXT NOT NULL,
            series_uid TEXT NOT NULL,
            sop_class_uid TEXT NOT NULL,
            sop_uid TEXT NOT NULL UNIQUE,
            modality TEXT NOT NULL,
            sha256 TEXT NOT NULL,
            byte_count INTEGER NOT NULL,
            made_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX results_of_study ON results (study_id, id);
        CREATE INDEX results_by_digest ON results (sha256);

        CREATE TABLE deliveries (
            id INTEGER PRIMARY KEY,
            study_id INTEGER NOT NULL REFERENCES studies (id),
            version INTEGER NOT NULL,
            destination TEXT NOT NULL,
            subject TEXT NOT NULL,
            is_message INTEGER NOT NULL,
            state INTEGER NOT NULL,
            sha256 TEXT NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0,
            failures INTEGER NOT NULL DEFAULT 0,
            first_attempt_at INTEGER,
            next_attempt_at INTEGER,
            reason TEXT NOT NULL DEFAULT '',
            lease TEXT
        ) STRICT;
        CREATE UNIQUE INDEX deliveries_once ON deliveries (destination, subject);
        CREATE INDEX deliveries_of_study ON deliveries (study_id, destination, state, id);
        CREATE INDEX deliveries_due ON deliveries (destination, next_attempt_at, id) WHERE state = 1;
        CREATE INDEX deliveries_open ON deliveries (state, destination) WHERE state IN (1, 3);
        CREATE INDEX deliveries_by_digest ON deliveries (sha256);
        """)
}
