extension Migration {
    /// What statistics need of each answer, so that they read no answer, and of each patient, so that they know nobody.
    static let statistics = Migration(
        "010 statistics",
        """
        ALTER TABLE studies ADD COLUMN sex TEXT NOT NULL DEFAULT '';
        ALTER TABLE studies ADD COLUMN age_years INTEGER;

        CREATE TABLE finding_figures (
            job_id INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
            code TEXT NOT NULL,
            permille INTEGER NOT NULL,
            flagged INTEGER NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY (job_id, code)
        ) STRICT;
        CREATE INDEX finding_figures_by_time ON finding_figures (at, code, permille, flagged);

        CREATE TABLE gate_figures (
            job_id INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
            gate TEXT NOT NULL,
            passed INTEGER NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY (job_id, gate)
        ) STRICT;
        CREATE INDEX gate_figures_by_time ON gate_figures (at, gate, passed);
        CREATE INDEX reviews_by_time ON reviews (at);
        """)
}
