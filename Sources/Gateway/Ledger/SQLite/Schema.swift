/// The ledger's tables. The database's `user_version` is the number of steps taken.
package enum Schema {
    /// Each step leads from the version of its index to the next. Steps that were released are never changed.
    package static let steps: [String] = [first]

    /// Takes the steps that are missing in the file at `path`, which is made where there is none.
    package static func migrate(path: String, steps: [String]) throws(StorageError) {
        try migrate(try Database(path: path), steps: steps)
    }

    /// Takes the steps that are missing, each in a transaction of its own.
    ///
    /// - Throws: `StorageError.newerSchema`.
    static func migrate(_ database: Database, steps: [String] = steps) throws(StorageError) {
        let version = try database.first("PRAGMA user_version") { (row) throws(StorageError) in row.int(0) } ?? 0
        guard version <= steps.count else { throw .newerSchema(found: version, supported: steps.count) }
        for (index, step) in steps.enumerated().dropFirst(version) {
            try database.transaction { () throws(StorageError) in
                try database.script(step)
                try database.script("PRAGMA user_version = \(index + 1)")
            }
        }
    }

    /// Studies hold what the worklist shows, so that a page reads nothing else. Jobs are what is sent to a service:
    /// one radiograph or one MR series. `next_attempt_at` of a waiting job is NULL until its study is closed.
    private static let first = """
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
        """
}
