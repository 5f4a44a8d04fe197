/// What proto/ says, for tests and reflection.
package enum MessageCatalog {
    /// Full names of every message.
    package static var names: [String] { MessageSchema.all.keys.sorted() }

    /// Numbers of the fields of a message; `nil` when there is no such message.
    package static func fieldNumbers(of name: String) -> [Int]? {
        MessageSchema.all[name]?.fields.map(\.number)
    }
}
