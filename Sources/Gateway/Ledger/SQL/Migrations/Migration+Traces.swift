extension Migration {
    /// The trace that each job is part of: `traceparent`, and after a space `tracestate` where there is one.
    static let traces = Migration(
        "011 traces",
        """
        ALTER TABLE jobs ADD COLUMN trace TEXT NOT NULL DEFAULT '';
        """)
}
