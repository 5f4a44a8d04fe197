import Foundation
import ClassifierService
import ServiceKit
import Testing

@Suite struct DocumentedConfigurationTests {
    @Test func `docs/configuration.md has the table of the keys as declared`() throws {
        let file = URL(filePath: #filePath).appending(path: "../../../docs/configuration.md").standardizedFileURL
        let text = try String(contentsOf: file, encoding: .utf8)
        let table = ConfigurationLoader.markdownTable(for: ClassifierConfiguration.self)
        #expect(text.contains(table), "docs/configuration.md should have:\n\(table)")
    }
}
