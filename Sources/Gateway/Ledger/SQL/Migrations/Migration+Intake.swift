extension Migration {
    /// What stands under a SOP Instance UID and what is in conflict with it have an index each, so that an instance is
    /// entered in one of them and not in two.
    static let intake = Migration(
        "012 one index of SOP Instance UIDs",
        """
        DROP INDEX instances_by_uid;
        CREATE UNIQUE INDEX instances_in_conflict ON instances (sop_uid, sha256) WHERE is_conflict = 1;
        """)
}
