extension Migration {
    /// How often the connection to a service was lost while it had a job, and what archives committed themselves to:
    /// `commitment_uid` is the transaction that was asked for and not reported yet; `commitment_reports` are those that
    /// came before their request was written down, `failure` empty where the object is kept.
    static let lossesAndCommitments = Migration(
        "011 losses and commitments",
        """
        ALTER TABLE jobs ADD COLUMN losses INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE deliveries ADD COLUMN commitment_uid TEXT;
        ALTER TABLE deliveries ADD COLUMN committed_at INTEGER;
        CREATE INDEX deliveries_uncommitted ON deliveries (commitment_uid) WHERE commitment_uid IS NOT NULL;
        CREATE TABLE commitment_reports (
            id INTEGER PRIMARY KEY,
            transaction_uid TEXT NOT NULL UNIQUE,
            failure TEXT NOT NULL
        ) STRICT;
        """)
}
