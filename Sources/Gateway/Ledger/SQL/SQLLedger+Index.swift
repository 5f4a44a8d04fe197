import DICOMweb

extension SQLLedger: InstanceIndexWriter {
    package nonisolated func index(_ instances: [IndexEntry]) async throws(StorageError) {
        try await write { ledger throws(StorageError) in
            for instance in instances { try ledger.enterInIndex(instance) }
        }
    }

    package nonisolated func removeFromIndex(_ sopInstanceUIDs: [String]) async throws(StorageError) {
        try await write { ledger throws(StorageError) in
            for uid in sopInstanceUIDs {
                try ledger.database.run("DELETE FROM indexed_instances WHERE sop_uid = ?", .text(uid))
            }
            try ledger.removeEmptySeriesAndStudies()
        }
    }

    /// Part of the transaction that is under way: takes out what came in for a study of the ledger, or all of it.
    func forgetInIndex(_ study: Int64, ownObjectsToo: Bool) throws(StorageError) {
        let condition =
            ownObjectsToo
            ? """
            series_id IN (SELECT e.id FROM indexed_series e JOIN indexed_studies t ON t.id = e.study_id
            JOIN studies s ON s.study_uid = t.study_uid WHERE s.id = ?)
            """ : "sop_uid IN (SELECT sop_uid FROM instances WHERE study_id = ?)"
        try database.run("DELETE FROM indexed_instances WHERE \(condition)", .integer(study))
        try removeEmptySeriesAndStudies()
    }

    private func removeEmptySeriesAndStudies() throws(StorageError) {
        try database.run(
            """
            DELETE FROM indexed_series WHERE NOT EXISTS
            (SELECT 1 FROM indexed_instances i WHERE i.series_id = indexed_series.id)
            """)
        try database.run(
            """
            DELETE FROM indexed_studies WHERE NOT EXISTS
            (SELECT 1 FROM indexed_series e WHERE e.study_id = indexed_studies.id)
            """)
    }

    /// Instances that the ledger holds and the index does not, in their order: those of ledgers that are older than it.
    func missingFromIndex(after number: Int64, limit: Int) throws(StorageError) -> [(number: Int64, digest: Digest)] {
        try database.rows(
            """
            SELECT id, sha256 FROM instances
            WHERE id > ? AND is_conflict = 0 AND image_removed_at IS NULL
                AND sop_uid NOT IN (SELECT sop_uid FROM indexed_instances)
            ORDER BY id LIMIT ?
            """, .integer(number), .int(limit)
        ) { (row) throws(StorageError) in (row.integer(0), try row.digest(1, table: "instances")) }
    }

    /// Part of the transaction that is under way.
    func enterInIndex(_ instance: IndexEntry) throws(StorageError) {
        let header = instance.header
        var series = try knownSeries(of: header)
        if series == nil { series = try newSeries(of: header) }
        try database.execute(
            Self.insertInstance,
            [
                series.map(SQLValue.integer) ?? .null, .text(instance.digest.hexadecimal), .int(instance.byteCount),
                .int(instance.isOwn ? 1 : 0),
            ] + Self.values(SearchAttribute.ofInstance, of: header)
        ) { (_) throws(StorageError) in }
    }

    private func knownSeries(of header: InstanceHeader) throws(StorageError) -> Int64? {
        try database.first(
            """
            SELECT e.id FROM indexed_studies s JOIN indexed_series e ON e.study_id = s.id
            WHERE s.study_uid = ? AND e.series_uid = ?
            """, .text(header.studyInstanceUID), .text(header.seriesInstanceUID)
        ) { (row) throws(StorageError) in row.integer(0) }
    }

    private func newSeries(of header: InstanceHeader) throws(StorageError) -> Int64 {
        let study = try number(
            known: "SELECT id FROM indexed_studies WHERE study_uid = ?", [.text(header.studyInstanceUID)],
            insert: Self.insertStudy, Self.values(SearchAttribute.ofStudy, of: header))
        return try number(
            known: "SELECT id FROM indexed_series WHERE study_id = ? AND series_uid = ?",
            [.integer(study), .text(header.seriesInstanceUID)],
            insert: Self.insertSeries, [.integer(study)] + Self.values(SearchAttribute.ofSeries, of: header))
    }

    private func number(
        known: String, _ key: [SQLValue], insert: String, _ values: @autoclosure () -> [SQLValue]
    ) throws(StorageError) -> Int64 {
        let read = { (row: any SQLRow) throws(StorageError) in row.integer(0) }
        if let number = try database.rows(known, key, read: read).first { return number }
        if let number = try database.rows(insert + " RETURNING id", values(), read: read).first { return number }
        // Another gateway was faster.
        guard let number = try database.rows(known, key, read: read).first else {
            throw .unreadableRow(table: "index", column: "id")
        }
        return number
    }

    private static let insertStudy = statement("indexed_studies", [], SearchAttribute.ofStudy)
    private static let insertSeries = statement("indexed_series", ["study_id"], SearchAttribute.ofSeries)
    private static let insertInstance = statement(
        "indexed_instances", ["series_id", "sha256", "byte_count", "is_own"], SearchAttribute.ofInstance)

    private static func statement(_ table: String, _ first: [String], _ attributes: [SearchAttribute]) -> String {
        let columns = first + attributes.flatMap { $0.isName ? [$0.column, $0.matchedColumn] : [$0.column] }
        let places = columns.map { _ in "?" }.joined(separator: ", ")
        return "INSERT INTO \(table) (\(columns.joined(separator: ", "))) VALUES (\(places)) ON CONFLICT DO NOTHING"
    }

    private static func values(_ attributes: [SearchAttribute], of header: InstanceHeader) -> [SQLValue] {
        attributes.flatMap { attribute -> [SQLValue] in
            let value = header.searchValue(of: attribute)
            guard attribute.isName else { return [.text(value)] }
            return [.text(value), .text("=" + AttributeValue.matched(value, of: attribute) + "=")]
        }
    }
}

extension InstanceHeader {
    /// The UIDs and the modality are those that the ledger has.
    fileprivate func searchValue(of attribute: SearchAttribute) -> String {
        switch attribute {
        case .studyInstanceUID: studyInstanceUID
        case .seriesInstanceUID: seriesInstanceUID
        case .sopInstanceUID: sopInstanceUID
        case .sopClassUID: sopClassUID
        case .modality: modality
        default: searchAttributes[attribute] ?? ""
        }
    }
}
