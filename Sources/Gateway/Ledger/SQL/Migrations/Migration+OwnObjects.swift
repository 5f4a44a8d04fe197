extension Migration {
    /// Which objects in the index Hilum made. Only their digests have an index there: those of what came in have one in
    /// `instances`.
    static let ownObjects = Migration(
        "013 own objects",
        """
        ALTER TABLE indexed_instances ADD COLUMN is_own INTEGER NOT NULL DEFAULT 0;
        UPDATE indexed_instances SET is_own = 1 WHERE NOT EXISTS (
            SELECT 1 FROM instances i
            WHERE i.sop_uid = indexed_instances.sop_uid AND i.sha256 = indexed_instances.sha256);
        DROP INDEX indexed_instances_by_digest;
        CREATE INDEX indexed_own_by_digest ON indexed_instances (sha256) WHERE is_own = 1;
        """)
}
