extension Migration {
    /// Who reads a study and what readers did; a number for each change, so that the worklist can be watched. What is
    /// still to be read has indexes of its own, so that what was read does not slow it down.
    static let reviews = Migration(
        "003 reviews",
        """
        CREATE TABLE ledger_state (id INTEGER PRIMARY KEY, identity TEXT NOT NULL, change INTEGER NOT NULL) STRICT;
        INSERT INTO ledger_state (id, identity, change) VALUES (1, lower(hex(randomblob(16))), 0);
        ALTER TABLE studies ADD COLUMN change INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE studies ADD COLUMN claimed_by TEXT;
        ALTER TABLE studies ADD COLUMN claimed_at INTEGER;
        ALTER TABLE studies ADD COLUMN reviewed_by TEXT;
        ALTER TABLE studies ADD COLUMN reviewed_at INTEGER;
        CREATE INDEX studies_by_change ON studies (change);
        CREATE INDEX unread_by_age ON studies (received_at, id) WHERE reviewed_at IS NULL;
        CREATE INDEX unread_by_priority ON studies (priority, received_at, id) WHERE reviewed_at IS NULL;
        CREATE INDEX unread_by_state_age ON studies (state, received_at, id) WHERE reviewed_at IS NULL;
        CREATE INDEX unread_by_state_priority ON studies (state, priority, received_at, id) WHERE reviewed_at IS NULL;

        CREATE TABLE reviews (
            id INTEGER PRIMARY KEY,
            study_id INTEGER NOT NULL REFERENCES studies (id),
            at INTEGER NOT NULL,
            reader TEXT NOT NULL,
            action INTEGER NOT NULL,
            finding TEXT NOT NULL,
            comment TEXT NOT NULL
        ) STRICT;
        CREATE INDEX reviews_of_study ON reviews (study_id, id);
        """)
}
