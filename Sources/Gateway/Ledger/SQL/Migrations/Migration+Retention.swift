extension Migration {
    /// Which images were removed after they had been kept long enough.
    static let retention = Migration(
        "005 retention",
        """
        ALTER TABLE instances ADD COLUMN image_removed_at INTEGER;
        ALTER TABLE studies ADD COLUMN images_removed_at INTEGER;
        CREATE INDEX studies_completed ON studies (completed_at) WHERE state = 2;
        CREATE INDEX studies_with_images ON studies (completed_at) WHERE state = 2 AND images_removed_at IS NULL;
        """)
}
