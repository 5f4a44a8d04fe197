import Foundation
import Testing
import Wire

/// Notes the number of each field it is handed.
private struct NumberCollector: FieldVisitor {
    var numbers: [Int] = []
    mutating func field<S: Scalar>(_ number: Int, _ value: inout S) throws(WireError) { numbers.append(number) }
    mutating func field<S: Scalar>(_ number: Int, _ values: inout [S]) throws(WireError) { numbers.append(number) }
    mutating func field<M: Message>(_ number: Int, _ value: inout M?) throws(WireError) { numbers.append(number) }
    mutating func field<M: Message>(_ number: Int, _ values: inout [M]) throws(WireError) { numbers.append(number) }
    mutating func field<S: Scalar>(_ number: Int, _ value: inout S?) throws(WireError) { numbers.append(number) }
    mutating func field<M: Message>(_ number: Int, _ values: inout [String: M]) throws(WireError) {
        numbers.append(number)
    }
}

private func visited<M: Message>(_ type: M.Type) throws -> [Int] {
    var collector = NumberCollector()
    var message = M()
    try message.visitFields(&collector)
    return collector.numbers
}

@Suite struct SchemaTests {
    @Test func `every message of proto has its Swift type`() {
        #expect(AllMessages.types.map { $0.fullName }.sorted() == MessageCatalog.names)
    }

    @Test(arguments: AllMessages.types.indices)
    func `every field of the proto is visited once, in order`(index: Int) throws {
        let type = AllMessages.types[index]
        #expect(try visited(type) == MessageCatalog.fieldNumbers(of: type.fullName))
    }

    @Test func `a method knows its path`() {
        #expect(ClassifierServiceMethods.classify.path == "/hilum.v1.ClassifierService/Classify")
        #expect(HealthMethods.check.path == "/grpc.health.v1.Health/Check")
        #expect(InferenceMethods.modelInfer.path == "/inference.GRPCInferenceService/ModelInfer")
    }

    @Test(.enabled(if: Checkout.hasProtocC, "protoc-c is not here"))
    func `the committed C code is what make proto writes`() throws {
        try Checkout.withTemporaryFolder { fresh in
            let made = try Checkout.run(
                Checkout.root.appendingPathComponent("scripts/generate-proto").path, [fresh.path])
            try #require(made.status == 0, "\(made.output)")
            let committed = Checkout.root.appendingPathComponent("Sources/Shared/CProtobuf/generated")
            let difference = try Checkout.run("/usr/bin/env", ["diff", "-r", committed.path, fresh.path])
            #expect(difference.status == 0, "run make proto\n\(difference.output)")
        }
    }
}
