/// A message's command, and the context it came in.
struct Message {
    let context: AcceptedContext
    let command: CommandSet
}

extension Association {
    /// Reads the next command.
    ///
    /// - Throws: `malformed` for anything else than a command in one of `contexts`.
    func readCommand(in contexts: [UInt8: AcceptedContext]) throws(DICOMNetworkError) -> Message {
        var bytes: [UInt8] = []
        var context: AcceptedContext?
        var isWhole = false
        while !isWhole {
            try readFragment { fragment, piece throws(DICOMNetworkError) in
                guard fragment.isCommand else { throw .malformed(.dataSet) }
                guard let found = contexts[fragment.context], context == nil || context == found else {
                    throw .malformed(.presentationContext)
                }
                guard bytes.count + piece.count <= CommandSet.maxBytes else { throw .malformed(.commandSet) }
                context = found
                bytes.append(contentsOf: piece)
                isWhole = fragment.isLast
            }
        }
        guard let context else { throw .malformed(.presentationContext) }
        return Message(context: context, command: try CommandSet(parsing: bytes))
    }

    /// Reads the data set behind a command, piece by piece.
    func readDataSet(
        in context: AcceptedContext, _ body: (UnsafeRawBufferPointer) throws(DICOMNetworkError) -> Void
    ) throws(DICOMNetworkError) {
        var isWhole = false
        while !isWhole {
            try readFragment { fragment, piece throws(DICOMNetworkError) in
                guard !fragment.isCommand else { throw .malformed(.commandSet) }
                guard fragment.context == context.identifier else { throw .malformed(.presentationContext) }
                try body(piece)
                isWhole = fragment.isLast
            }
        }
    }

    /// Reads a short data set as a whole.
    func readDataSet(in context: AcceptedContext, maxBytes: Int) throws(DICOMNetworkError) -> [UInt8] {
        var bytes: [UInt8] = []
        try readDataSet(in: context) { piece throws(DICOMNetworkError) in
            guard bytes.count + piece.count <= maxBytes else { throw .malformed(.dataSet) }
            bytes.append(contentsOf: piece)
        }
        return bytes
    }

    func write(_ command: CommandSet, in context: UInt8) throws(DICOMNetworkError) {
        let written = command.encoded.withUnsafeBytes { bytes in
            Result { () throws(DICOMNetworkError) in try write(bytes, isCommand: true, context: context) }
        }
        try written.get()
    }
}
