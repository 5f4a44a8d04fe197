package import DICOMweb

/// The index of a ledger in a SQL database, read over a connection of its own, so that a long search holds up nobody
/// who stores.
package actor SQLIndex: InstanceIndex {
    private let database: any SQLDatabase
    private let executor = SerialQueueExecutor(label: "hilum.index")

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    /// - Parameter database: its tables are up to date.
    package init(_ database: sending any SQLDatabase) {
        self.database = database
    }

    /// Reads the ledger in an SQLite file.
    package init(path: String) throws(StorageError) {
        let database = try SQLiteDatabase(path: path)
        // As PostgreSQL has it; names are kept in lower case for it.
        try database.define("PRAGMA case_sensitive_like = ON; PRAGMA query_only = ON")
        self.init(database)
    }

    package func search(_ request: SearchRequest) throws(StorageError) -> SearchPage {
        let statement = SearchStatement(request)
        let attributes = statement.attributes
        var rows = try database.rows(
            statement.page, statement.values + [.int(request.limit), .int(request.offset)]
        ) { (row) throws(StorageError) in Row(row, attributes, request.level) }
        if request.level == .study { try addModalities(to: &rows) }
        var total = request.offset + rows.count
        if rows.count == request.limit || rows.isEmpty && request.offset > 0 {
            let counted = try database.rows(statement.count, statement.values) { (row) throws(StorageError) in
                row.int(0)
            }
            total = counted.first ?? total
        }
        return SearchPage(results: rows.map(\.result), total: total)
    }

    /// A result and the number of its study.
    private struct Row {
        let study: Int64
        var result: SearchResult

        init(_ row: any SQLRow, _ attributes: [SearchAttribute], _ level: SearchAttribute.Level) {
            study = row.integer(0)
            var values: [SearchAttribute: String] = [:]
            for (index, attribute) in attributes.enumerated() { values[attribute] = row.text(Int32(index + 3)) }
            result = SearchResult(values: values)
            if level == .study { result.seriesCount = row.int(1) }
            if level < .instance { result.instanceCount = row.int(2) }
        }
    }

    private func addModalities(to rows: inout [Row]) throws(StorageError) {
        guard !rows.isEmpty else { return }
        let places = rows.map { _ in "?" }.joined(separator: ", ")
        var modalities: [Int64: [String]] = [:]
        try database.execute(
            "SELECT DISTINCT study_id, modality FROM indexed_series WHERE study_id IN (\(places)) ORDER BY 1, 2",
            rows.map { .integer($0.study) }
        ) { (row) throws(StorageError) in
            if !row.text(1).isEmpty { modalities[row.integer(0), default: []].append(row.text(1)) }
        }
        for index in rows.indices { rows[index].result.modalities = modalities[rows[index].study] ?? [] }
    }

    package func instances(
        of scope: Resource.Scope, after number: Int64, limit: Int
    ) throws(StorageError) -> [HeldInstance] {
        var conditions = ["s.study_uid = ?", "i.id > ?"]
        var values: [SQLValue] = [.text(scope.studyInstanceUID), .integer(number)]
        for (column, uid) in [("e.series_uid", scope.seriesInstanceUID), ("i.sop_uid", scope.sopInstanceUID)] {
            guard let uid else { continue }
            conditions.append("\(column) = ?")
            values.append(.text(uid))
        }
        return try database.rows(
            """
            SELECT i.id, s.study_uid, e.series_uid, i.sop_uid, i.transfer_syntax_uid, i.sha256, i.byte_count
            FROM indexed_studies s JOIN indexed_series e ON e.study_id = s.id
            JOIN indexed_instances i ON i.series_id = e.id
            WHERE \(conditions.joined(separator: " AND ")) ORDER BY i.id LIMIT ?
            """, values + [.int(limit)]
        ) { (row) throws(StorageError) in
            HeldInstance(
                number: row.integer(0), studyInstanceUID: row.text(1), seriesInstanceUID: row.text(2),
                sopInstanceUID: row.text(3), transferSyntaxUID: row.text(4),
                digest: try row.digest(5, table: "indexed_instances"), byteCount: row.int(6))
        }
    }
}
