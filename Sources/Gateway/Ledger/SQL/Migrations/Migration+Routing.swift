extension Migration {
    /// What a routing rule decided, shadow jobs, and what is known of a study's size. `closes_by` is the rule that
    /// `closes_at` stands for.
    static let routing = Migration(
        "004 routing and completeness",
        """
        ALTER TABLE jobs ADD COLUMN rule TEXT NOT NULL DEFAULT '';
        ALTER TABLE jobs ADD COLUMN model TEXT NOT NULL DEFAULT '';
        ALTER TABLE jobs ADD COLUMN shadow_of INTEGER REFERENCES jobs (id);
        ALTER TABLE jobs ADD COLUMN first_attempt_at INTEGER;
        CREATE INDEX jobs_shadowing ON jobs (shadow_of) WHERE shadow_of IS NOT NULL;

        ALTER TABLE instances ADD COLUMN series_related INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE studies ADD COLUMN tagged_instances INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE studies ADD COLUMN tagged_series INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE studies ADD COLUMN closes_by TEXT NOT NULL DEFAULT 'quiet period';

        CREATE TABLE expected_series (
            id INTEGER PRIMARY KEY,
            study_id INTEGER NOT NULL REFERENCES studies (id),
            rule TEXT NOT NULL,
            series TEXT NOT NULL,
            is_there INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        CREATE UNIQUE INDEX expected_series_of_study ON expected_series (study_id, rule, series);
        """)
}
