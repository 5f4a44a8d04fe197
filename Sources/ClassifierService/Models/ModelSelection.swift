/// Which bundle answers for which finding.
///
/// Without a name every bundle answers; where two cover one finding the first by name does. With "name" or
/// "name/version" only that bundle answers.
package struct ModelSelection: Equatable, Sendable {
    /// A bundle as far as the choice needs it.
    package struct Candidate: Equatable, Sendable {
        package let name: String
        package let version: String
        /// Codes of its findings, in the order of the network's outputs.
        package let codes: [String]

        package init(name: String, version: String, codes: [String]) {
            self.name = name
            self.version = version
            self.codes = codes
        }
    }

    /// Outputs of one bundle that go into the answer.
    package struct Part: Equatable, Sendable {
        /// Place among the candidates.
        package let candidate: Int
        /// Outputs used, ascending; not empty.
        package let outputs: [Int]

        package init(candidate: Int, outputs: [Int]) {
            self.candidate = candidate
            self.outputs = outputs
        }
    }

    /// The parts of the answer, by name of the bundle.
    package let parts: [Part]

    /// - Parameters:
    ///   - candidates: bundles that are ready.
    ///   - request: `ClassifyRequest.model`.
    package init(of candidates: [Candidate], for request: String) throws(ClassificationError) {
        guard !candidates.isEmpty else { throw .noModelReady }
        let named = candidates.indices.filter { index in
            let candidate = candidates[index]
            return request.isEmpty || request == candidate.name || request == "\(candidate.name)/\(candidate.version)"
        }
        guard !named.isEmpty else { throw .unknownModel(known: Set(candidates.map(\.name)).sorted()) }
        let byName = named.sorted { (candidates[$0].name, $0) < (candidates[$1].name, $1) }
        var parts: [Part] = []
        var covered: Set<String> = []
        for index in byName {
            let codes = candidates[index].codes
            let outputs = codes.indices.filter { covered.insert(codes[$0]).inserted }
            if !outputs.isEmpty { parts.append(Part(candidate: index, outputs: outputs)) }
        }
        self.parts = parts
    }
}
