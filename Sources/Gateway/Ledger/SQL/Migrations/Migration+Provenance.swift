extension Migration {
    /// Several instances may share a SOP Instance UID where their bytes differ: the first to come stands, the others
    /// are conflicts. Each instance says where it came from.
    static let provenanceAndConflicts = Migration(
        "002 provenance and conflicts",
        """
        CREATE TABLE instances_002 (
            id INTEGER PRIMARY KEY,
            sop_uid TEXT NOT NULL,
            study_id INTEGER NOT NULL REFERENCES studies (id),
            job_id INTEGER NOT NULL REFERENCES jobs (id),
            series_uid TEXT NOT NULL,
            sop_class_uid TEXT NOT NULL,
            modality TEXT NOT NULL,
            body_part TEXT NOT NULL,
            sha256 TEXT NOT NULL,
            byte_count INTEGER NOT NULL,
            received_at INTEGER NOT NULL,
            is_conflict INTEGER NOT NULL DEFAULT 0,
            source TEXT NOT NULL DEFAULT '',
            peer TEXT NOT NULL DEFAULT ''
        ) STRICT;
        INSERT INTO instances_002
            (id, sop_uid, study_id, job_id, series_uid, sop_class_uid, modality, body_part, sha256, byte_count, received_at)
            SELECT id, sop_uid, study_id, job_id, series_uid, sop_class_uid, modality, body_part, sha256, byte_count,
                received_at
            FROM instances;
        DROP TABLE instances;
        ALTER TABLE instances_002 RENAME TO instances;
        CREATE UNIQUE INDEX instances_by_uid ON instances (sop_uid, sha256);
        CREATE UNIQUE INDEX instances_standing ON instances (sop_uid) WHERE is_conflict = 0;
        CREATE INDEX instances_of_study ON instances (study_id);
        CREATE INDEX instances_of_job ON instances (job_id);
        CREATE INDEX instances_by_digest ON instances (sha256);
        ALTER TABLE studies ADD COLUMN conflict_count INTEGER NOT NULL DEFAULT 0;
        """)
}
